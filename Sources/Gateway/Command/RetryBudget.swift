package import EventLoop

/// Bounds resends over all requests, so that an ailing Telnyx isn't sent a multiple of its load: ten a second and one for
/// every five first sends, up to a hundred saved. A value without a clock.
package struct RetryBudget: Sendable {
  private static let capacity = 100.0
  private static let perSecond = 10.0
  private static let perSend = 0.2

  private var balance = capacity
  private var updated: MonotonicTime?

  package init() {}

  package mutating func firstSend() { balance = min(balance + Self.perSend, Self.capacity) }

  /// Takes one resend; false where none is left.
  package mutating func withdraw(at now: MonotonicTime) -> Bool {
    if let updated {
      let seconds = Double((now - updated).nanoseconds) / 1e9
      balance = min(balance + seconds * Self.perSecond, Self.capacity)
    }
    updated = now
    guard balance >= 1 else { return false }
    balance -= 1
    return true
  }
}
