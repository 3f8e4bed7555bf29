internal import Synchronization

/// What one caller holds of what all callers share, over all workers.
package final class CallerShare: Sendable {
  /// Connections on which a request of this caller is under way.
  package let connections = Holding()
  /// Bytes of its bodies that are arriving.
  package let bodies = Holding()

  package init() {}
}

/// An amount that one caller holds.
package final class Holding: Sendable {
  fileprivate let amount = Atomic<Int>(0)

  package init() {}
}

/// Something of which there is only so much for all callers together.
///
/// The one rule by which it is shared out: **a caller may hold as much as is left free, and no more**; its first piece it gets
/// while there is any. So one caller alone gets half, n greedy ones get 1/(n + 1) each, and something is always left for the
/// next. Fixed shares would leave most of it unused where few call, and none of it for a third where two may have half each.
/// (Routers share out the memory for packets in this way: Choudhury and Hahne, "Dynamic queue length thresholds for
/// shared-memory packet switches", 1998.)
package final class SharedRoom: Sendable {
  package enum Shortage: Sendable {
    /// All of it is taken.
    case room
    /// The caller has as much as is left for all others.
    case share
  }

  package let most: Int
  private let held = Atomic<Int>(0)
  private let peak = Atomic<Int>(0)

  package init(most: Int) { self.most = most }

  /// How much is held now.
  package var count: Int { held.load(ordering: .relaxed) }

  /// The most that was held since this was asked.
  package func takePeak() -> Int { peak.exchange(count, ordering: .relaxed) }

  /// - Returns: nil where it was taken; it must be given back.
  package func take(_ amount: Int, for holding: Holding?) -> Shortage? {
    // Its own first: what it asks for in vain is then never taken from others, not even for a moment.
    let own = holding?.amount.add(amount, ordering: .relaxed).newValue ?? 0
    var all = held.load(ordering: .relaxed)
    while true {
      let now = all + amount
      if let shortage: Shortage = now > most ? .room : own > amount && own > most - now ? .share : nil {
        holding?.amount.subtract(amount, ordering: .relaxed)
        return shortage
      }
      let (isTaken, before) = held.weakCompareExchange(expected: all, desired: now, ordering: .relaxed)
      guard !isTaken else {
        // Two threads may overlook each other here: the peak is for guessing.
        if now > peak.load(ordering: .relaxed) { peak.store(now, ordering: .relaxed) }
        return nil
      }
      all = before
    }
  }

  package func giveBack(_ amount: Int, of holding: Holding?) {
    held.subtract(amount, ordering: .relaxed)
    holding?.amount.subtract(amount, ordering: .relaxed)
  }
}
