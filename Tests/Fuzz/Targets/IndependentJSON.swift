/// JSON read by the letter of RFC 8259, by code that shares nothing with `JSON`: what another program makes of a text.
///
/// Numbers stay as they are written, strings are bytes.
indirect enum IndependentJSON: Equatable {
  struct Member: Equatable {
    let key: [UInt8]
    let value: IndependentJSON
  }

  case null
  case boolean(Bool)
  case number([UInt8])
  case string([UInt8])
  case array([IndependentJSON])
  case object([Member])

  /// nil where the text is not JSON.
  init?(_ text: [UInt8]) {
    var reader = Reader(text: text)
    guard let value = reader.value(depth: 0) else { return nil }
    reader.skipSpace()
    guard reader.isAtEnd else { return nil }
    self = value
  }

  var members: [Member]? { if case .object(let members) = self { members } else { nil } }
  var elements: [IndependentJSON]? { if case .array(let elements) = self { elements } else { nil } }
  var string: String? { if case .string(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil } }

  /// Of an object, the one member of that name.
  subscript(key: String) -> IndependentJSON? {
    members?.first { $0.key.elementsEqual(key.utf8) }?.value
  }

  /// Without fraction and exponent, and within 64 bits.
  var integer: Int64? {
    guard case .number(let text) = self, !text.contains(where: { "eE.".utf8.contains($0) }) else { return nil }
    return Int64(String(decoding: text, as: UTF8.self))
  }

  /// Whether no object in it has a key twice.
  var hasUniqueKeys: Bool {
    switch self {
    case .object(let members):
      Set(members.map(\.key)).count == members.count && members.allSatisfy(\.value.hasUniqueKeys)
    case .array(let elements): elements.allSatisfy(\.hasUniqueKeys)
    default: true
    }
  }
}

extension IndependentJSON {
  private struct Reader {
    let text: [UInt8]
    var index = 0

    var isAtEnd: Bool { index == text.count }
    private var next: UInt8? { index < text.count ? text[index] : nil }

    mutating func skipSpace() {
      while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { index += 1 }
    }

    private mutating func take(_ word: StaticString) -> Bool {
      let count = word.utf8CodeUnitCount
      guard index + count <= text.count else { return false }
      for offset in 0..<count where text[index + offset] != word.utf8Start[offset] { return false }
      index += count
      return true
    }

    mutating func value(depth: Int) -> IndependentJSON? {
      guard depth < 500 else { return nil }
      skipSpace()
      switch next {
      case UInt8(ascii: "{"): return object(depth: depth)
      case UInt8(ascii: "["): return array(depth: depth)
      case UInt8(ascii: "\""): return string().map(IndependentJSON.string)
      case UInt8(ascii: "t"): return take("true") ? .boolean(true) : nil
      case UInt8(ascii: "f"): return take("false") ? .boolean(false) : nil
      case UInt8(ascii: "n"): return take("null") ? .null : nil
      default: return number()
      }
    }

    private mutating func object(depth: Int) -> IndependentJSON? {
      index += 1
      var members: [Member] = []
      skipSpace()
      if take("}") { return .object([]) }
      repeat {
        skipSpace()
        guard next == UInt8(ascii: "\""), let key = string() else { return nil }
        skipSpace()
        guard take(":"), let value = value(depth: depth + 1) else { return nil }
        members.append(Member(key: key, value: value))
        skipSpace()
      } while take(",")
      return take("}") ? .object(members) : nil
    }

    private mutating func array(depth: Int) -> IndependentJSON? {
      index += 1
      var elements: [IndependentJSON] = []
      skipSpace()
      if take("]") { return .array([]) }
      repeat {
        guard let value = value(depth: depth + 1) else { return nil }
        elements.append(value)
        skipSpace()
      } while take(",")
      return take("]") ? .array(elements) : nil
    }

    private mutating func digits() -> Int {
      let start = index
      while let byte = next, (0x30...0x39).contains(byte) { index += 1 }
      return index - start
    }

    private mutating func number() -> IndependentJSON? {
      let start = index
      _ = take("-")
      if !take("0"), digits() == 0 { return nil }
      if take("."), digits() == 0 { return nil }
      if take("e") || take("E") {
        if !take("+") { _ = take("-") }
        if digits() == 0 { return nil }
      }
      return .number(Array(text[start..<index]))
    }

    private mutating func string() -> [UInt8]? {
      index += 1
      var bytes: [UInt8] = []
      while let byte = next {
        index += 1
        switch byte {
        case UInt8(ascii: "\""): return String(validating: bytes, as: UTF8.self) == nil ? nil : bytes
        case UInt8(ascii: "\\"): guard escape(&bytes) else { return nil }
        case 0..<0x20: return nil
        default: bytes.append(byte)
        }
      }
      return nil
    }

    private mutating func escape(_ bytes: inout [UInt8]) -> Bool {
      guard let byte = next else { return false }
      index += 1
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
      case UInt8(ascii: "b"): bytes.append(0x08)
      case UInt8(ascii: "f"): bytes.append(0x0C)
      case UInt8(ascii: "n"): bytes.append(0x0A)
      case UInt8(ascii: "r"): bytes.append(0x0D)
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "u"):
        guard var code = unit() else { return false }
        if (0xD800..<0xDC00).contains(code) {
          guard take("\\u"), let low = unit(), (0xDC00..<0xE000).contains(low) else { return false }
          code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { return false }
        bytes.append(contentsOf: UTF8.encode(scalar) ?? .init())
      default: return false
      }
      return true
    }

    /// Four hex digits.
    private mutating func unit() -> UInt32? {
      guard index + 4 <= text.count else { return nil }
      var code: UInt32 = 0
      for byte in text[index..<(index + 4)] {
        guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { return nil }
        code = code << 4 | UInt32(digit)
      }
      index += 4
      return code
    }
  }
}
