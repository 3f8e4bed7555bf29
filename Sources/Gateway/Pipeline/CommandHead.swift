internal import Conference

/// What the head of a create says of the command in its body.
struct CommandHead: Sendable {
  /// From the `Idempotency-Key` field.
  let key: String?
  /// What the caller's SDK says of itself: 0 = first try.
  let retryCount: Int

  init(_ fields: HeaderFields) throws(Refusal) {
    guard try Self.isJSON(fields) else {
      throw .notJSON
    }
    guard !fields.contains("content-encoding") else {
      throw Refusal(.mediaType, faults: [Fault(.notJSONContentType, "the body must not be encoded")])
    }
    retryCount = try Self.retryCount(fields)
    key = try IdempotencyKey.read(fields)
  }

  /// Of two such fields nobody could say which one Telnyx's side would go by.
  private static func isJSON(_ fields: HeaderFields) throws(Refusal) -> Bool {
    guard let value = try fields.onlyValueRange(of: "content-type", "Content-Type") else { return false }
    // What follows the type is behind a semicolon (RFC 9110, section 8.3.1).
    var type = fields.bytes[value].prefix { $0 != UInt8(ascii: ";") }
    while let last = type.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { type.removeLast() }
    return type.count == json.count && zip(type, json).allSatisfy { $0.lowercased == $1 }
  }

  private static let json = Array("application/json".utf8)

  /// `x-stainless-retry-count`. With one that can't be read nobody could say whether this is a repeat: it is refused.
  private static func retryCount(_ fields: HeaderFields) throws(Refusal) -> Int {
    guard let value = try fields.onlyValueRange(of: "x-stainless-retry-count", "x-stainless-retry-count") else {
      return 0
    }
    var count = 0
    for digit in fields.bytes[value] {
      guard (0x30...0x39).contains(digit), value.count <= 9 else { count = -1; break }
      count = count * 10 + Int(digit - 0x30)
    }
    guard count >= 0, !value.isEmpty else { throw .badRequest("x-stainless-retry-count must be a number") }
    return count
  }
}

extension Refusal {
  static let notJSON = Refusal(
    .mediaType, faults: [Fault(.notJSONContentType, "Content-Type must be application/json")])
}
