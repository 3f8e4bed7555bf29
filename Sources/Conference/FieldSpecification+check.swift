package import JSON

extension FieldSpecification.Kind {
  /// The value as this kind of field, or what is wrong with it.
  package func check(_ json: JSONValue) -> Result<FieldValue, Fault> {
    switch (self, json) {
    case (.string(let length), .string(let string)):
      if let control = string.utf8.span.firstControl {
        return .failure(.outOfRange("has a control character (byte \(control))"))
      }
      guard length.contains(string.utf8.count) else {
        return .failure(
          .outOfRange("must be \(length.lowerBound) to \(length.upperBound) bytes long, is \(string.utf8.count)"))
      }
      return .success(.string(string))
    case (.base64, .string(let string)):
      return string.utf8.span.isPaddedBase64 ? .success(.string(string)) : .failure(.notBase64)
    case (.enumeration(let cases), .string(let string)):
      return cases.contains { $0.hasSameBytes(as: string) }
        ? .success(.string(string)) : .failure(.notAmong(cases))
    case (.boolean, .boolean(let boolean)): return .success(.boolean(boolean))
    case (.integer(let range), .integer(let integer)):
      return range.contains(integer)
        ? .success(.integer(integer))
        : .failure(.outOfRange("must be \(range.lowerBound) to \(range.upperBound), is \(integer)"))
    case (.integer(let range), .number(let text))
    where text.utf8.allSatisfy({ $0 < UInt8(ascii: ":") && $0 != UInt8(ascii: ".") }):
      return .failure(.outOfRange("must be \(range.lowerBound) to \(range.upperBound), is beyond 64 bits"))
    default: return .failure(.wrongType(expected: expectation, found: json))
    }
  }

  private var expectation: String {
    switch self {
    case .string, .base64, .enumeration: "a string"
    case .boolean: "a boolean"
    case .integer: "an integer"
    }
  }
}

extension Span<UInt8> {
  /// The first byte that is a control character.
  fileprivate var firstControl: UInt8? {
    // Nearly no text has one: without a way out the compiler looks at many bytes at a time.
    var controls: UInt8 = 0
    for index in indices { controls |= (self[index] < 0x20 ? 1 : 0) | (self[index] == 0x7F ? 1 : 0) }
    guard controls != 0 else { return nil }
    for index in indices where self[index] < 0x20 || self[index] == 0x7F { return self[index] }
    return nil
  }

  /// RFC 4648, section 4, with padding and with no bits set beyond the last byte's.
  fileprivate var isPaddedBase64: Bool {
    guard count % 4 == 0 else { return false }
    var end = count
    while end > count - 2, end > 0, self[end - 1] == UInt8(ascii: "=") { end -= 1 }
    var last: UInt8 = 0
    for index in 0..<end {
      switch self[index] {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): last = self[index] - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): last = self[index] - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): last = self[index] - UInt8(ascii: "0") + 52
      case UInt8(ascii: "+"): last = 62
      case UInt8(ascii: "/"): last = 63
      default: return false
      }
    }
    return switch count - end {
    case 0: true
    case 1: last & 0b11 == 0
    default: last & 0b1111 == 0
    }
  }
}
