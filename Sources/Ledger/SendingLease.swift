internal import EventLoop
internal import Synchronization

/// How long this process may send what it was admitted, where other replicas would take it for gone and take that over.
///
/// It ends unless the ledger's thread renews it. One that has ended is not renewed but followed by another: what was admitted under
/// the earlier one may be somebody else's by now. Read on any thread.
package final class SendingLease: Sendable {
  private let clock = LedgerClock.system
  private let serial = Atomic<UInt64>(1)
  /// By the machine's clock that also counts while it sleeps, in microseconds.
  private let end = Atomic<Int64>(0)

  package init() {}

  package var number: UInt64 { serial.load(ordering: .acquiring) }

  /// Before the ledger is asked.
  package func ask() -> Int64 { clock.sinceBoot() }

  /// The ledger has said yes.
  ///
  /// - Parameter asked: as `ask` said.
  package func renew(_ duration: Duration, asked: Int64) {
    let isOver = clock.sinceBoot() > end.load(ordering: .relaxed)
    // The number first: whoever sees the new end sees that it is another lease's.
    if isOver { serial.add(1, ordering: .releasing) }
    end.store(asked + duration.microseconds, ordering: .releasing)
  }

  package func covers(_ number: UInt64) -> Bool {
    let isWithin = clock.sinceBoot() < end.load(ordering: .acquiring)
    return isWithin && serial.load(ordering: .acquiring) == number
  }
}
