internal import EventLoop

/// How long Telnyx asks to wait: `Retry-After` (RFC 9110, section 10.2.3) in seconds or as a date, else `x-ratelimit-reset`,
/// which is documented as seconds and elsewhere is a moment: an epoch in seconds, or in finer units.
enum RetryAfter {
  /// What no wait is: 30 years. A number from there on is a moment.
  private static let leastEpoch = 1e9
  /// Beyond all that anybody waits for.
  private static let longest: Duration = .seconds(1_000_000)

  /// The longest that the fields say; nil where none can be read.
  ///
  /// - Parameter now: by the clock of whoever wrote the fields.
  static func wait(_ fields: HeaderFields, at now: WallTime) -> Duration? {
    let asked =
      texts(of: "retry-after", in: fields).compactMap { wait($0, at: now) }.max()
      ?? texts(of: "x-ratelimit-reset", in: fields).compactMap { reset($0, at: now) }.max()
    return asked.map { min($0, longest) }
  }

  private static func texts(of name: String, in fields: HeaderFields) -> [String] {
    fields.rawValues(of: name).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func wait(_ text: String, at now: WallTime) -> Duration? {
    if let seconds = number(text) { return .seconds(min(seconds, leastEpoch)) }
    return WallTime(httpDate: text).map { max(.zero, $0 - now) }
  }

  private static func reset(_ text: String, at now: WallTime) -> Duration? {
    guard let number = number(text) else {
      return (WallTime(rfc3339: text) ?? WallTime(httpDate: text)).map { max(.zero, $0 - now) }
    }
    guard number >= leastEpoch else { return .seconds(number) }
    var seconds = number
    // Milliseconds, microseconds or nanoseconds: as seconds they would be thousands of years ahead.
    while seconds >= leastEpoch * 100 { seconds /= 1000 }
    return max(.zero, WallTime(microseconds: Int64(seconds * 1e6)) - now)
  }

  /// Seconds, with a fraction perhaps; of any size, as long as it is one.
  private static func number(_ text: String) -> Double? {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(digits.contains) }), let number = Double(text) else {
      return nil
    }
    return min(number, 1e30)
  }
}

extension AttemptOutcome {
  /// As `UpstreamReply.wait`.
  var wait: Duration? {
    guard case .replied(let reply) = self else { return nil }
    return reply.wait
  }
}
