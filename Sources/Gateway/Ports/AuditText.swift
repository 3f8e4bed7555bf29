package import JSON

/// What a caller chose, as a record has it: of a text at most so many bytes, and how many there were.
///
/// A record must not be as long as whoever calls likes it to be; nor must what waits in memory to be written.
package struct AuditText: Sendable, Equatable {
  /// Bytes of UTF-8.
  package static let maximum = 256

  /// Cut before the character that would go beyond.
  package let text: String
  /// Of the whole text; nil where nothing was cut off.
  package let bytes: Int?

  package init(_ whole: String) {
    let count = whole.utf8.count
    guard count > Self.maximum else {
      text = whole
      bytes = nil
      return
    }
    var end = whole.utf8.index(whole.utf8.startIndex, offsetBy: Self.maximum)
    // The bytes of a character behind its first one.
    while whole.utf8[end] & 0xC0 == 0x80 { whole.utf8.formIndex(before: &end) }
    text = String(decoding: whole.utf8[..<end], as: UTF8.self)
    bytes = count
  }
}

/// A value that a caller chose, likewise.
package struct AuditValue: Sendable, Equatable {
  /// Whole, or a text that was cut.
  package let json: JSONValue
  /// Of the whole text; nil where nothing was cut off.
  package let bytes: Int?

  package init(_ whole: JSONValue) {
    let text: AuditText
    switch whole {
    case .null, .boolean, .integer:
      (json, bytes) = (whole, nil)
      return
    case .number(let digits):
      text = AuditText(digits)
      guard text.bytes != nil else {
        (json, bytes) = (whole, nil)
        return
      }
    case .string(let string): text = AuditText(string)
    // As JSON text. No field of a command has such a value; should one get any, it can't make a record long.
    case .array, .object:
      var writer = JSONWriter()
      writer.value(whole)
      text = AuditText(String(decoding: writer.bytes, as: UTF8.self))
    }
    (json, bytes) = (.string(text.text), text.bytes)
  }
}
