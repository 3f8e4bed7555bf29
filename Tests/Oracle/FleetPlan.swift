internal import TestKit

/// What callers ask a fleet for in one case.
package struct FleetPlan: Sendable {
  package let variant: Variant
  package let gateways: Int
  package let callers: Int
  /// By caller, its ids in order. Some are asked for by several callers at about the same time, each at another gateway.
  package let ids: [[String]]
  /// Whether who ended is started again under its name at once; else others have to take over what it has left.
  package let restarts: Bool
  /// What the first creates meet with at Telnyx, one each.
  package let faults: [String]
  /// By how much the database's clock falls back in the middle. What was sent before is so much longer taken for young enough
  /// still to arrive, and who asks for it is told no final answer.
  package var setBack: Duration = .zero

  private static let faults = ["close-after", "reset-before", "delay=30", "cut=40", "status=503", "reset-after"]

  /// - Parameters:
  ///   - own: how many ids each caller has for itself.
  ///   - shared: how many ids all of them ask for; none where nothing may be sent again, since who waits for a lost command may
  ///     send it.
  package init(
    _ variant: Variant, gateways: Int, callers: Int? = nil, own: Int = 3, shared: Int = 3, restarts: Bool = true,
    seed: UInt64,
    faults: Int = 2
  ) {
    (self.variant, self.gateways, self.restarts) = (variant, gateways, restarts)
    self.callers = callers ?? gateways
    let common = variant == .once ? 0 : shared
    ids = (0..<self.callers).map { caller in
      (0..<max(own, common)).flatMap { index in
        (index < common ? ["all-\(index)"] : []) + (index < own ? ["c\(caller)-\(index)"] : [])
      }
    }
    var random = SeededRandom(seed)
    self.faults = (0..<(variant == .once ? 0 : faults)).map { _ in
      Self.faults[Int(random.next() % UInt64(Self.faults.count))]
    }
  }

  package var allIDs: [String] { Array(Set(ids.flatMap { $0 })).sorted() }

  package func isShared(_ id: String) -> Bool { ids.count { $0.contains(id) } > 1 }

  /// - Returns: more configuration of each gateway.
  package var upstreamLines: [String] {
    // A duplicate waits for longer than the lease of who has left it.
    ["attempts: \(variant.attempts)", "connect_timeout: 1s", "attempt_timeout: 2s", "deadline: 16s"]
  }
}
