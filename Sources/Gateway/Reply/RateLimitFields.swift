internal import EventLoop

/// The fields of draft-ietf-httpapi-ratelimit-headers, and for a request that was limited the ones that Telnyx uses.
enum RateLimitFields {
  static func fields(for limits: [LimitStatus]) -> [ReplyField] {
    guard !limits.isEmpty else { return [] }
    var fields = [
      ReplyField(
        "RateLimit-Policy",
        limits.map { "\"\($0.rule.name)\";q=\($0.rule.allow);w=\($0.rule.windowSeconds)" }.joined(separator: ", ")),
      ReplyField(
        "RateLimit",
        limits.map { "\"\($0.rule.name)\";r=\($0.remaining);t=\($0.reset)" }.joined(separator: ", ")),
    ]
    // The limit that stood in the way longest is the one to wait for.
    if let worst = limits.max(by: { $0.retryAfter < $1.retryAfter }), worst.retryAfter > 0 {
      fields.append(ReplyField("x-ratelimit-limit", String(worst.rule.burst)))
      fields.append(ReplyField("x-ratelimit-remaining", String(worst.remaining)))
      fields.append(ReplyField("x-ratelimit-reset", String(worst.retryAfter)))
    }
    return fields
  }
}

extension LimitRule {
  /// The draft counts in whole seconds.
  fileprivate var windowSeconds: Int64 { max(1, (every.milliseconds + 999) / 1000) }
}
