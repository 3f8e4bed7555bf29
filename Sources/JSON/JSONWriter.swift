/// Writes JSON text straight into bytes, with no tree in between.
///
/// The caller says begin and end; the writer sets commas, colons, quotes and escapes. Text is compact, in the order of
/// the calls, and any byte below 0x20, `"` and `\` are escaped (RFC 8259, section 7).
package struct JSONWriter: Sendable {
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

  package mutating func beginObject() { open(UInt8(ascii: "{")) }
  package mutating func endObject() { close(UInt8(ascii: "}")) }
  package mutating func beginArray() { open(UInt8(ascii: "[")) }
  package mutating func endArray() { close(UInt8(ascii: "]")) }

  package mutating func key(_ key: String) {
    separate()
    quote(key)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  package mutating func null() { literal("null") }
  package mutating func value(_ boolean: Bool) { literal(boolean ? "true" : "false") }

  package mutating func value(_ string: String) {
    separate()
    quote(string)
  }

  package mutating func value(_ integer: Int) { value(Int64(integer)) }

  package mutating func value(_ integer: Int64) {
    separate()
    bytes.append(decimal: integer)
  }

  /// The shortest text that reads back as the same double. JSON has no infinity and no NaN; the parser makes none.
  package mutating func value(_ real: Double) {
    literal(real.isFinite ? real.description : "null")
  }

  package mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .boolean(let boolean): self.value(boolean)
    case .integer(let integer): self.value(integer)
    case .real(let real): self.value(real)
    case .string(let string): self.value(string)
    case .array(let array):
      beginArray()
      for element in array { self.value(element) }
      endArray()
    case .object(let object):
      beginObject()
      for member in object.members {
        key(member.key)
        self.value(member.value)
      }
      endObject()
    }
  }

  package mutating func member(_ key: String, _ value: String) {
    self.key(key)
    self.value(value)
  }

  package mutating func member(_ key: String, _ value: Int) {
    self.key(key)
    self.value(value)
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func literal(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func quote(_ string: String) {
    bytes.append(UInt8(ascii: "\""))
    let isWritten: Void? = string.utf8.withContiguousStorageIfAvailable { utf8 in
      // Nearly every text has nothing to escape, and is then copied as it is.
      if Self.needsEscapes(utf8) {
        for byte in utf8 { escape(byte) }
      } else {
        bytes.append(contentsOf: utf8)
      }
    }
    if isWritten == nil { for byte in string.utf8 { escape(byte) } }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(byte)
    case 0x00..<0x20:
      bytes.append(contentsOf: "\\u00".utf8)
      bytes.append(Self.digits[Int(byte >> 4)])
      bytes.append(Self.digits[Int(byte & 15)])
    default: bytes.append(byte)
    }
  }

  /// Looks at eight bytes at a time, and at all of them, since nearly no text has one that must be escaped.
  private static func needsEscapes(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
    let bytes = UnsafeRawBufferPointer(utf8)
    guard bytes.count >= 8 else {
      return bytes.contains { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
    }
    let last = bytes.count - 8
    var found = marks(in: bytes.loadUnaligned(fromByteOffset: last, as: UInt64.self))
    var offset = 0
    while offset < last {
      found |= marks(in: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    return found & each(0x80) != 0
  }

  /// The high bit of each byte that must be escaped: exact for the lowest such byte, which is all that is asked.
  /// (Sean Eron Anderson, "Bit Twiddling Hacks", "Determine if a word has a byte less than n".)
  private static func marks(in word: UInt64) -> UInt64 {
    let quotes = word ^ each(UInt8(ascii: "\""))
    let backslashes = word ^ each(UInt8(ascii: "\\"))
    return (word &- each(0x20)) & ~word | (quotes &- each(1)) & ~quotes | (backslashes &- each(1)) & ~backslashes
  }

  private static func each(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

  private static let digits = Array("0123456789abcdef".utf8)
}

extension JSONValue {
  /// This value as compact text.
  package var text: [UInt8] {
    var writer = JSONWriter()
    writer.value(self)
    return writer.bytes
  }
}
