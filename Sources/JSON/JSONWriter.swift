/// Writes JSON text straight into bytes, with no tree in between.
///
/// The caller says begin and end; the writer sets commas, colons, quotes and escapes. Text is compact, in the order of
/// the calls, and any byte below 0x20, `"` and `\` are escaped (RFC 8259, section 7).
package struct JSONWriter: Sendable {
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false
  private let escapesUnseen: Bool

  /// - Parameter escapesUnseen: in texts, also what a terminal could obey and what nobody sees is escaped
  ///   (`Unicode.Scalar.isSeen`): for what people read as it is. To a program it is the same text.
  package init(capacity: Int = 512, escapesUnseen: Bool = false) {
    self.escapesUnseen = escapesUnseen
    bytes.reserveCapacity(capacity)
  }

  package mutating func beginObject() { open(UInt8(ascii: "{")) }
  /// Begins an object by what is JSON text already: its brace, members, and the last one's key and colon.
  package mutating func beginObject(written text: [UInt8]) {
    separate()
    bytes.append(copying: text)
    needsComma = false
  }

  package mutating func endObject() { close(UInt8(ascii: "}")) }
  package mutating func beginArray() { open(UInt8(ascii: "[")) }
  package mutating func endArray() { close(UInt8(ascii: "]")) }

  /// - Parameter key: a constant of this program, with nothing in it to escape: it is not looked at, only copied.
  package mutating func key(_ key: StaticString) {
    assert(!UnsafeRawBufferPointer(key).mayNeedEscapes(ofUnseen: false))
    let comma = needsComma
    bytes.append(room: key.utf8CodeUnitCount + 4) { place in
      var end = place
      if comma { end.put(UInt8(ascii: ",")) }
      end.put(UInt8(ascii: "\""))
      end.put(UnsafeRawBufferPointer(key))
      end.put(UInt8(ascii: "\""))
      end.put(UInt8(ascii: ":"))
      return end - place
    }
    needsComma = false
  }

  /// A key that comes from elsewhere, and may hold anything.
  package mutating func key(named key: String) {
    value(key)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  package mutating func null() { literal("null") }
  package mutating func value(_ boolean: Bool) { literal(boolean ? "true" : "false") }

  package mutating func value(_ string: String) {
    let isWritten: Void? = string.utf8.withContiguousStorageIfAvailable { value(utf8: UnsafeRawBufferPointer($0)) }
    if isWritten == nil { Array(string.utf8).withUnsafeBytes { value(utf8: $0) } }
  }

  /// A text that has nothing to escape, as the caller knows: it is not looked at, only copied.
  package mutating func value(plain text: [UInt8]) {
    text.withUnsafeBytes { text in
      assert(!text.mayNeedEscapes(ofUnseen: false))
      quote(text)
    }
  }

  /// A value that is JSON text already, as the caller knows.
  package mutating func value(json text: [UInt8]) {
    separate()
    bytes.append(copying: text)
  }

  package mutating func value(_ integer: Int) { value(Int64(integer)) }

  package mutating func value(_ integer: Int64) {
    separate()
    bytes.append(decimal: integer)
  }

  package mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .boolean(let boolean): self.value(boolean)
    case .integer(let integer): self.value(integer)
    case .number(let text): self.value(json: Array(text.utf8))
    case .string(let string): self.value(string)
    case .array(let array):
      beginArray()
      for element in array { self.value(element) }
      endArray()
    case .object(let object):
      beginObject()
      for member in object.members {
        key(named: member.key)
        self.value(member.value)
      }
      endObject()
    }
  }

  package mutating func member(_ key: StaticString, _ value: String) {
    self.key(key)
    self.value(value)
  }

  /// - Parameter value: a constant of this program, with nothing in it to escape, as the key is.
  package mutating func member(_ key: StaticString, _ value: StaticString) {
    self.key(key)
    assert(!UnsafeRawBufferPointer(value).mayNeedEscapes(ofUnseen: true))
    quote(UnsafeRawBufferPointer(value))
  }

  package mutating func member(_ key: StaticString, _ value: Int) {
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

  private mutating func literal(_ text: StaticString) {
    separate()
    bytes.append(constant: text)
  }

  private mutating func value(utf8 text: UnsafeRawBufferPointer) {
    // Nearly every text has nothing to escape, and is then copied as it is.
    if text.mayNeedEscapes(ofUnseen: escapesUnseen) { escape(text) } else { quote(text) }
  }

  @inline(never)
  private mutating func escape(_ text: UnsafeRawBufferPointer) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    if escapesUnseen {
      for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
        if scalar.value < 0x80, scalar.isSeen {
          escape(UInt8(scalar.value))
        } else {
          bytes.append(seen: scalar)
        }
      }
    } else {
      for byte in text { escape(byte) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func quote(_ text: UnsafeRawBufferPointer) {
    let comma = needsComma
    bytes.append(room: text.count + 3) { place in
      var end = place
      if comma { end.put(UInt8(ascii: ",")) }
      end.put(UInt8(ascii: "\""))
      end.put(text)
      end.put(UInt8(ascii: "\""))
      return end - place
    }
    needsComma = true
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(byte)
    case 0x00..<0x20: bytes.append(escaped: UInt16(byte))
    default: bytes.append(byte)
    }
  }
}

extension JSONValue {
  /// This value as compact text.
  package var text: [UInt8] {
    var writer = JSONWriter()
    writer.value(self)
    return writer.bytes
  }
}

extension UnsafeMutableRawPointer {
  /// Stores a byte here and goes on behind it.
  fileprivate mutating func put(_ byte: UInt8) {
    storeBytes(of: byte, as: UInt8.self)
    self += 1
  }

  /// Copies bytes to here and goes on behind them.
  fileprivate mutating func put(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    copyMemory(from: source, byteCount: bytes.count)
    self += bytes.count
  }
}

extension UnsafeRawBufferPointer {
  fileprivate init(_ text: StaticString) { self.init(start: text.utf8Start, count: text.utf8CodeUnitCount) }
}
