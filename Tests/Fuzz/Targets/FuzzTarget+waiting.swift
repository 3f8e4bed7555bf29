@testable internal import Gateway

extension FuzzTarget {
  /// The values of `Retry-After` and `x-ratelimit-reset` of a 429, a line each: the caller is told 1 to 60 seconds.
  static func checkWaiting(_ input: [UInt8]) throws(Violation) {
    var fields = HeaderFields()
    let names = ["Retry-After", "x-ratelimit-reset", "Retry-After", "X-RateLimit-Reset"]
    for (name, value) in zip(names, input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)) {
      fields.append(Array(name.utf8)[...], value)
    }
    let upstream = UpstreamReply(status: 429, fields: fields, body: [])
    let answer = VerdictReply(.throttled(upstream), requestID: "r", commandID: "c")
    let waits = answer.reply.fields.texts(of: "retry-after")
    try require(waits.count == 1, "Retry-After is said once")
    try require((1...60).contains(Int(waits[0]) ?? 0), "Retry-After is 1 to 60 seconds, not \(waits[0])")
  }
}

extension HeaderFields {
  /// The values of all fields of that name.
  func texts(of name: String) -> [String] { rawValues(of: name).map { String(decoding: $0, as: UTF8.self) } }
}
