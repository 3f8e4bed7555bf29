/// Counts creates, a second at a time. The second begins with its first create.
struct RateWindow: Sendable {
  /// Creates a second, or nil for no limit.
  var limit: Int?
  private var start = ContinuousClock.now
  private var count = 0

  init(limit: Int?) { self.limit = limit }

  struct Standing: Sendable {
    let limit: Int
    let remaining: Int
    let isExceeded: Bool

    /// Seconds until the count begins anew are always one: a window is no longer than that.
    func mark(_ response: Response) -> Response {
      response.with("x-ratelimit-limit", String(limit)).with("x-ratelimit-remaining", String(remaining))
        .with("x-ratelimit-reset", "1")
    }
  }

  /// Counts one create.
  ///
  /// - Returns: how things stand with it, or nil where there is no limit.
  mutating func take() -> Standing? {
    guard let limit else { return nil }
    if start.duration(to: .now) >= .seconds(1) || count == 0 {
      start = .now
      count = 0
    }
    count += 1
    return Standing(limit: limit, remaining: max(0, limit - count), isExceeded: count > limit)
  }
}
