internal import EventLoop
internal import JSON

/// The fields of draft-ietf-httpapi-ratelimit-headers, and for a request that was limited the ones that Telnyx uses.
enum RateLimitFields {
  /// - Parameter policy: what `policy(of:)` makes of these limits' rules; it is the same for all of a caller's requests.
  static func fields(for limits: [LimitStatus], policy: ReplyField?) -> [ReplyField] {
    guard !limits.isEmpty else { return [] }
    var fields = [
      policy ?? RateLimitFields.policy(of: limits.map(\.rule)),
      ReplyField("RateLimit", current(limits)),
    ]
    // The limit that stood in the way longest is the one to wait for.
    if let worst = limits.max(by: { $0.retryAfter < $1.retryAfter }), worst.retryAfter > 0 {
      fields.append(ReplyField("x-ratelimit-limit", String(worst.rule.burst)))
      fields.append(ReplyField("x-ratelimit-remaining", String(worst.remaining)))
      fields.append(ReplyField("x-ratelimit-reset", String(worst.retryAfter)))
    }
    return fields
  }

  /// `"burst";q=20;w=1, "daily";q=5000;w=86400`.
  static func policy(of rules: [LimitRule]) -> ReplyField {
    let members = rules.map { "\"\($0.name)\";q=\($0.allow);w=\($0.windowSeconds)" }
    return ReplyField("RateLimit-Policy", members.joined(separator: ", "))
  }

  /// `"burst";r=19;t=1, "daily";r=4999;t=18`. As bytes: to append to a `String` piece by piece costs several times what it
  /// does to them.
  private static func current(_ limits: [LimitStatus]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(limits.count * 40)
    for limit in limits {
      if !text.isEmpty { text.append(contentsOf: [UInt8(ascii: ","), UInt8(ascii: " ")]) }
      text.append(UInt8(ascii: "\""))
      text.append(contentsOf: limit.rule.name.utf8)
      text.append(UInt8(ascii: "\""))
      append(limit.remaining, as: UInt8(ascii: "r"), to: &text)
      append(limit.reset, as: UInt8(ascii: "t"), to: &text)
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func append(_ number: Int, as name: UInt8, to text: inout [UInt8]) {
    text.append(UInt8(ascii: ";"))
    text.append(name)
    text.append(UInt8(ascii: "="))
    text.append(decimal: number)
  }
}

extension LimitRule {
  /// The draft counts in whole seconds.
  fileprivate var windowSeconds: Int64 { max(1, (every.milliseconds + 999) / 1000) }
}
