internal import EventLoop
internal import JSON

/// The fields of draft-ietf-httpapi-ratelimit-headers, and for a request that was limited the ones that Telnyx uses.
extension HeaderFields {
  /// - Parameter policy: what `rateLimitPolicy` makes of these limits' rules; it is the same for all of a caller's requests.
  mutating func append(_ limits: [LimitStatus], policy: String?) {
    guard !limits.isEmpty else { return }
    append("RateLimit-Policy", policy ?? limits.map(\.rule).rateLimitPolicy)
    append("RateLimit") { Self.write(limits, to: &$0) }
    // The limit that stood in the way longest is the one to wait for.
    if let worst = limits.max(by: { $0.retryAfter < $1.retryAfter }), worst.retryAfter > 0 {
      append("x-ratelimit-limit", String(worst.rule.burst))
      append("x-ratelimit-remaining", String(worst.remaining))
      append("x-ratelimit-reset", String(worst.retryAfter))
    }
  }

  /// `"burst";r=19;t=1, "daily";r=4999;t=18`.
  private static func write(_ limits: [LimitStatus], to text: inout [UInt8]) {
    for index in limits.indices {
      text.append(constant: index > 0 ? ", \"" : "\"")
      text.append(text: limits[index].rule.name)
      text.append(constant: "\";r=")
      text.append(decimal: limits[index].remaining)
      text.append(constant: ";t=")
      text.append(decimal: limits[index].reset)
    }
  }
}

extension [LimitRule] {
  /// `"burst";q=20;w=1, "daily";q=5000;w=86400`.
  var rateLimitPolicy: String {
    map { rule in
      let (quota, window) = rule.wholeSeconds
      return "\"\(rule.name)\";q=\(quota);w=\(window)"
    }.joined(separator: ", ")
  }
}

extension LimitRule {
  /// The draft counts in whole seconds: so many requests in so many of them, exactly the rule's own rate. Where its period is
  /// none, as many periods together as make whole seconds: 50 every 100 ms are 500 a second, 3 every 1.5 s are 6 in 3 s.
  fileprivate var wholeSeconds: (quota: Int, window: Int64) {
    let second: Int64 = 1_000_000_000
    let period = max(every.nanoseconds, 1)
    let divisor = Self.greatestCommonDivisor(period, second)
    // A period has at least a millisecond and a rule a million requests at most, so this is at most a thousand periods.
    let (quota, isTooMany) = allow.multipliedReportingOverflow(by: Int(second / divisor))
    return (isTooMany ? .max : quota, period / divisor)
  }

  private static func greatestCommonDivisor(_ left: Int64, _ right: Int64) -> Int64 {
    var (left, right) = (left, right)
    while right != 0 { (left, right) = (right, left % right) }
    return left
  }
}
