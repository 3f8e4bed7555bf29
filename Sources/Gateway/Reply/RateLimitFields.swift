internal import EventLoop

/// The fields of draft-ietf-httpapi-ratelimit-headers, and for a request that was limited the ones that Telnyx uses.
enum RateLimitFields {
  static func fields(for limits: [LimitStatus]) -> [ReplyField] {
    guard !limits.isEmpty else { return [] }
    var fields = [
      ReplyField(
        "RateLimit-Policy",
        list(limits) { [($0.rule.allow, UInt8(ascii: "q")), (Int($0.rule.windowSeconds), UInt8(ascii: "w"))] }),
      ReplyField("RateLimit", list(limits) { [($0.remaining, UInt8(ascii: "r")), ($0.reset, UInt8(ascii: "t"))] }),
    ]
    // The limit that stood in the way longest is the one to wait for.
    if let worst = limits.max(by: { $0.retryAfter < $1.retryAfter }), worst.retryAfter > 0 {
      fields.append(ReplyField("x-ratelimit-limit", String(worst.rule.burst)))
      fields.append(ReplyField("x-ratelimit-remaining", String(worst.remaining)))
      fields.append(ReplyField("x-ratelimit-reset", String(worst.retryAfter)))
    }
    return fields
  }

  /// `"burst";q=20;w=1, "daily";q=5000;w=86400`. Every reply has two of these, and to append to a `String` piece by piece
  /// costs several times what it does to bytes.
  private static func list(
    _ limits: [LimitStatus], _ parameters: (LimitStatus) -> [(value: Int, name: UInt8)]
  ) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(limits.count * 40)
    for limit in limits {
      if !text.isEmpty { text.append(contentsOf: ", ".utf8) }
      text.append(UInt8(ascii: "\""))
      text.append(contentsOf: limit.rule.name.utf8)
      text.append(UInt8(ascii: "\""))
      for parameter in parameters(limit) {
        text.append(UInt8(ascii: ";"))
        text.append(parameter.name)
        text.append(UInt8(ascii: "="))
        text.append(contentsOf: String(parameter.value).utf8)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension LimitRule {
  /// The draft counts in whole seconds.
  fileprivate var windowSeconds: Int64 { max(1, (every.milliseconds + 999) / 1000) }
}
