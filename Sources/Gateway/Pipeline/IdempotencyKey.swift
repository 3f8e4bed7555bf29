internal import Conference
internal import JSON

/// The `Idempotency-Key` field: a structured string in quotes, as its draft has it, or bare, as most clients send it. Both
/// name the same command: a quoted key is what it says, not how it says it.
enum IdempotencyKey {
  static func read(_ fields: HeaderFields) throws(Refusal) -> String? {
    guard let value = try fields.onlyValueRange(of: "idempotency-key", "Idempotency-Key") else { return nil }
    let key = fields.bytes[value].first == UInt8(ascii: "\"") ? unquoted(fields.bytes[value]) : bare(fields, value)
    guard let key else {
      throw .badRequest("Idempotency-Key must be visible ASCII, or a string in quotes (RFC 9651, section 3.3.3)")
    }
    switch Field.commandID.specification.kind.check(.string(key)) {
    case .success: return key
    case .failure(let fault): throw .badRequest("Idempotency-Key \(fault.detail)")
    }
  }

  private static func bare(_ fields: HeaderFields, _ value: Range<Int>) -> String? {
    fields.isVisible(value) ? fields.text(value) : nil
  }

  /// RFC 9651, section 4.2.5, and nothing behind the closing quote.
  private static func unquoted(_ value: ArraySlice<UInt8>) -> String? {
    var key: [UInt8] = []
    var rest = value.dropFirst()
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""): return rest.isEmpty ? String(decoding: key, as: UTF8.self) : nil
      case UInt8(ascii: "\\"):
        guard let escaped = rest.popFirst(), escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") else {
          return nil
        }
        key.append(escaped)
      case 0x20...0x7E: key.append(byte)
      default: return nil
      }
    }
    return nil
  }
}
