internal import Conference

/// What the head of a create says of the command in its body.
struct CommandHead: Sendable {
  /// From the `Idempotency-Key` field.
  let key: String?
  /// What the caller's SDK says of itself: 0 = first try.
  let retryCount: Int

  init(_ fields: HeaderFields) throws(Refusal) {
    guard Self.isJSON(fields) else {
      throw Refusal(.mediaType, faults: [Fault(.notJSONContentType, "Content-Type must be application/json")])
    }
    guard !fields.contains("content-encoding") else {
      throw Refusal(.mediaType, faults: [Fault(.notJSONContentType, "the body must not be encoded")])
    }
    retryCount = try Self.retryCount(fields)
    key = try IdempotencyKey.read(fields)
  }

  private static func isJSON(_ fields: HeaderFields) -> Bool {
    // Nearly always as short as that.
    if fields.hasValue("application/json", of: "content-type") { return true }
    guard let contentType = fields.value(of: "content-type") else { return false }
    let type = contentType.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
    return String(decoding: type, as: UTF8.self).lowercased().utf8.elementsEqual("application/json".utf8)
  }

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
