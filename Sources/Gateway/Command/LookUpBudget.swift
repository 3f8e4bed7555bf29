package import EventLoop

/// Bounds how many commands of unknown outcome are looked up at Telnyx, so that a burst of unknowns can't become a burst of
/// look-ups: five a second, up to twenty saved. A value without a clock.
package struct LookUpBudget: Sendable {
  private static let capacity = 20.0
  private static let perSecond = 5.0

  private var balance = capacity
  private var updated: MonotonicTime?

  package init() {}

  /// Takes one; false where none is left.
  package mutating func withdraw(at now: MonotonicTime) -> Bool {
    if let updated {
      balance = min(balance + Double((now - updated).nanoseconds) / 1e9 * Self.perSecond, Self.capacity)
    }
    updated = now
    guard balance >= 1 else { return false }
    balance -= 1
    return true
  }
}
