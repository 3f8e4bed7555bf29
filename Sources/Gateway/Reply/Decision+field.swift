internal import Conference
internal import JSON
internal import Policy

extension [Decision.Change] {
  /// The `Convene-Policy` list (RFC 9651): a field's name, what policy did to it, and as the value of that what holds now:
  /// `beep_enabled;default=on_enter, max_participants;clamped=200`.
  func writeParameterized(to text: inout [UInt8]) {
    for index in indices {
      if index > 0 { text.append(constant: ", ") }
      let change = self[index]
      text.append(text: change.field.name)
      text.append(constant: ";")
      text.append(text: change.kind.rawValue)
      change.effective?.writeParameterValue(of: change.field.specification.kind, to: &text)
    }
  }
}

extension FieldValue {
  /// A longer text is not told here: a reply's head has little room, and a part of a URL would be another one.
  private static let longest = 256

  /// `=` and the value as a bare item (RFC 9651, section 3.3): an integer; a boolean; of an enumeration a token where it can be
  /// one; any other text in quotes, or as a display string where it is not ASCII. Nothing for a text that is too long.
  ///
  /// `true` is written out, where a bare parameter would say the same: that one means *too long*.
  fileprivate func writeParameterValue(of kind: FieldSpecification.Kind, to text: inout [UInt8]) {
    let start = text.count
    text.append(constant: "=")
    switch self {
    case .integer(let integer): text.append(decimal: integer)
    case .boolean(let boolean): text.append(constant: boolean ? "?1" : "?0")
    case .string(let string):
      if case .enumeration = kind, Self.isToken(string) { return text.append(text: string) }
      Self.write(string, to: &text)
      if text.count - start > Self.longest + 1 { text.removeLast(text.count - start) }
    }
  }

  private static func write(_ string: String, to text: inout [UInt8]) {
    let isASCII = string.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    text.append(constant: isASCII ? "\"" : "%\"")
    for byte in string.utf8 {
      if isASCII {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
        text.append(byte)
      } else if (0x20...0x7E).contains(byte), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "%") {
        text.append(byte)
      } else {
        text.append(UInt8(ascii: "%"))
        text.append(hexDigit(byte >> 4))
        text.append(hexDigit(byte & 15))
      }
    }
    text.append(UInt8(ascii: "\""))
  }

  /// In lower case, as section 4.1.11 wants it.
  private static func hexDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
  }

  /// Section 3.3.4, without the `*`, colon and slash that no value of an enumeration has.
  private static func isToken(_ string: String) -> Bool {
    guard let first = string.utf8.first, isLetter(first) else { return false }
    return string.utf8.allSatisfy { isLetter($0) || "0123456789_-.".utf8.contains($0) }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
