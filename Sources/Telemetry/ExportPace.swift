internal import EventLoop

/// When a batch that failed is sent again, and when the next one at the earliest: a value without a clock.
struct ExportPace {
  /// Sends of one batch, the first included ...
  static let tries = 5
  /// ... and from its first to its last.
  static let budget: Duration = .seconds(60)
  /// What a collector asks for beyond this is not waited for.
  static let longestWait: Duration = .seconds(300)

  /// Nothing is sent before: a collector has asked for so much time.
  private(set) var next = MonotonicTime(nanoseconds: 0)
  private var made = 0
  private var end = MonotonicTime(nanoseconds: 0)

  /// A batch is sent for the first time.
  mutating func begin(at now: MonotonicTime) {
    made = 1
    end = now + Self.budget
  }

  /// The last send has failed: 1 s, 2 s, 4 s and 8 s later, of which a random half may be left out, or when the collector asks
  /// for it.
  ///
  /// - Parameters:
  ///   - asked: how long the collector asks to wait.
  ///   - jitter: 0 ..< 1.
  /// - Returns: when to send it again; nil where it is to be dropped.
  mutating func failed(asked: Duration?, jitter: Double, at now: MonotonicTime) -> MonotonicTime? {
    if let asked { next = now + min(asked, Self.longestWait) }
    let own = now + .milliseconds(Int64(Double(1000 << (made - 1)) * (0.5 + jitter / 2)))
    let again = max(next, own)
    guard made < Self.tries, again < end else { return nil }
    made += 1
    return again
  }
}
