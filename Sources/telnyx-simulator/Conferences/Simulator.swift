import Synchronization

/// All that the simulator knows, shared by every connection's thread.
///
/// Swift's Mutex on Linux hands itself on to the thread that has waited longest, so one that everybody takes often
/// becomes a queue of sleeping threads. Hence three of them, counters beside them, and as little inside as can be.
final class Simulator: Sendable {
  private let settings: Mutex<Settings>
  private let record = Mutex(Record())
  private let calls = Mutex(CallLog())
  private let requests = Atomic(0)
  private let createsReceived = Atomic(0)
  /// Milliseconds by which its clock is ahead.
  private let clock = Atomic<Int64>(0)
  /// Names of media files that exist.
  let media: Set<String>

  init(_ settings: Settings, media: Set<String>) {
    self.settings = Mutex(settings)
    self.media = media
  }

  func withSettings<Outcome: Sendable>(_ body: (inout Settings) -> Outcome) -> Outcome {
    settings.withLock { body(&$0) }
  }

  func withRecord<Outcome: Sendable>(_ body: (inout Record) -> Outcome) -> Outcome {
    record.withLock { body(&$0) }
  }

  func withCalls<Outcome: Sendable>(_ body: (inout CallLog) -> Outcome) -> Outcome {
    calls.withLock { body(&$0) }
  }

  /// By its own clock, which may be wrong.
  var now: Timestamp { .now().adding(milliseconds: clock.load(ordering: .relaxed)) }

  func setClock(ahead milliseconds: Int64) { clock.store(milliseconds, ordering: .relaxed) }

  func noteArrival(of head: RequestHead) {
    guard !head.isControl else { return }
    requests.add(1, ordering: .relaxed)
    if head.isCreate { createsReceived.add(1, ordering: .relaxed) }
  }

  /// The journal as text.
  ///
  /// - Parameter start: how many of the executed creates to leave out.
  func journal(since start: Int) -> [UInt8] {
    let journal = withRecord { $0.journal }
    return journal.text(
      since: start, requests: requests.load(ordering: .relaxed),
      createsReceived: createsReceived.load(ordering: .relaxed)
    )
  }

  func reset() {
    withRecord { $0 = Record() }
    withCalls { $0.removeAll() }
    requests.store(0, ordering: .relaxed)
    createsReceived.store(0, ordering: .relaxed)
  }
}
