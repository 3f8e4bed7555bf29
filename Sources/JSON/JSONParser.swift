/// Reads one JSON text (RFC 8259) into a value.
///
/// By hand, against the habit of leaving such things to a library: every create is parsed twice, as it comes and as it is
/// answered, and Jansson fetches each byte through a function pointer and builds a tree that is then copied into this one.
/// The grammar is small, and `JSONTests` has a sentence for each way to break it.
struct JSONParser {
  private let text: [UInt8]
  private var position = 0
  /// How many arrays and objects may still be opened.
  private var depth: Int

  init(_ text: [UInt8], depth: Int) {
    self.text = text
    self.depth = depth
  }

  /// The text's only value, which must be an array or an object.
  mutating func root() throws(JSONError) -> JSONValue {
    skipSpace()
    guard let first = next, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
      throw malformed(text.isEmpty ? "the text is empty" : "'{' or '[' expected")
    }
    let root = try value()
    skipSpace()
    guard position == text.count else { throw malformed("end of text expected") }
    return root
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    switch next {
    case UInt8(ascii: "{"): return try nested { (parser) throws(JSONError) in .object(try parser.object()) }
    case UInt8(ascii: "["): return try nested { (parser) throws(JSONError) in .array(try parser.array()) }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case let byte? where byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
      return try number()
    default: throw malformed("a value expected")
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(JSONError) -> JSONValue
  ) throws(JSONError) -> JSONValue {
    guard depth > 0 else { throw JSONError(kind: .tooDeep, message: "the text is nested too deep", offset: position) }
    depth -= 1
    defer { depth += 1 }
    position += 1
    skipSpace()
    return try body(&self)
  }

  private mutating func object() throws(JSONError) -> JSONObject {
    var members: [JSONObject.Member] = []
    if skip(UInt8(ascii: "}")) { return JSONObject() }
    members.reserveCapacity(12)
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw malformed("a key expected") }
      let start = position
      let key = try string()
      if members.count < Self.fewMembers, members.contains(where: { $0.key.hasSameBytes(as: key) }) {
        throw duplicateKey(at: start)
      }
      skipSpace()
      guard skip(UInt8(ascii: ":")) else { throw malformed("':' expected") }
      skipSpace()
      members.append(JSONObject.Member(key: key, value: try value()))
      skipSpace()
    } while skip(UInt8(ascii: ","))
    guard skip(UInt8(ascii: "}")) else { throw malformed("',' or '}' expected") }
    if members.count > Self.fewMembers, Self.hasDuplicate(members) { throw duplicateKey(at: position - 1) }
    return JSONObject(members: members)
  }

  private mutating func array() throws(JSONError) -> [JSONValue] {
    var elements: [JSONValue] = []
    if skip(UInt8(ascii: "]")) { return elements }
    repeat {
      skipSpace()
      elements.append(try value())
      skipSpace()
    } while skip(UInt8(ascii: ","))
    guard skip(UInt8(ascii: "]")) else { throw malformed("',' or ']' expected") }
    return elements
  }

  // MARK: Keys

  /// Up to here each key is compared with all before it; beyond, all are sorted once, or a body full of keys would cost
  /// the square of their number.
  private static let fewMembers = 32

  private static func hasDuplicate(_ members: [JSONObject.Member]) -> Bool {
    let sorted = members.map { Array($0.key.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
    return zip(sorted, sorted.dropFirst()).contains { $0 == $1 }
  }

  // MARK: Strings

  /// Without escapes a string is the bytes between two quotes.
  private mutating func string() throws(JSONError) -> String {
    position += 1
    let start = position
    let isASCII = skipPlainBytes()
    switch next {
    case UInt8(ascii: "\""):
      // The bytes of ASCII need no second look.
      let bytes = text[start..<position]
      let string = isASCII ? String(decoding: bytes, as: UTF8.self) : try decoded(bytes)
      position += 1
      return string
    case UInt8(ascii: "\\"): return try escapedString(from: start)
    case nil: throw malformed("a string without an end")
    default: throw malformed("a control character in a string")
    }
  }

  /// Goes to the next quote, backslash or control character.
  ///
  /// - Returns: whether all bytes up to there were ASCII.
  private mutating func skipPlainBytes() -> Bool {
    var all: UInt8 = 0
    position = text.withUnsafeBufferPointer { text in
      var end = position
      while end < text.count {
        let byte = text[end]
        guard byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else { break }
        all |= byte
        end += 1
      }
      return end
    }
    return all < 0x80
  }

  private mutating func escapedString(from start: Int) throws(JSONError) -> String {
    var bytes = Array(text[start..<position])
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try decoded(bytes[...])
      case UInt8(ascii: "\\"): try escape(into: &bytes)
      case 0x00..<0x20: throw malformed("a control character in a string")
      default: bytes.append(byte)
      }
    }
    throw malformed("a string without an end")
  }

  private mutating func escape(into bytes: inout [UInt8]) throws(JSONError) {
    guard let byte = next else { throw malformed("a string without an end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "u"): bytes.append(contentsOf: String(Character(try scalar())).utf8)
    default: throw malformed("an unknown escape")
    }
  }

  /// What `\u` introduces; beyond the basic plane, a pair of surrogates (RFC 8259, section 7). A half of one is an error,
  /// and so is NUL, at which much that reads a string would end it.
  private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
    var code = UInt32(try hexUnit())
    if code >= 0xD800, code < 0xDC00 {
      guard skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) else { throw malformed("half a surrogate pair") }
      let low = UInt32(try hexUnit())
      guard low >= 0xDC00, low < 0xE000 else { throw malformed("half a surrogate pair") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard code != 0, let scalar = Unicode.Scalar(code) else {
      throw malformed(code == 0 ? "a NUL in a string" : "half a surrogate pair")
    }
    return scalar
  }

  private mutating func hexUnit() throws(JSONError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      let digit: UInt8? =
        switch next {
        case let byte? where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): byte - UInt8(ascii: "0")
        case let byte? where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20):
          (byte | 0x20) - UInt8(ascii: "a") + 10
        default: nil
        }
      guard let digit else { throw malformed("four hex digits expected") }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }

  private func decoded(_ bytes: ArraySlice<UInt8>) throws(JSONError) -> String {
    guard let string = String(validating: bytes, as: UTF8.self) else { throw malformed("bytes that are not UTF-8") }
    return string
  }

  // MARK: Numbers and words

  /// An integer where there is neither fraction nor exponent, and then it must fit into 64 bits.
  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    let isNegative = skip(UInt8(ascii: "-"))
    let digits = position
    skipDigits()
    guard position > digits, text[digits] != UInt8(ascii: "0") || position == digits + 1 else {
      throw malformed("not a number")
    }
    let end = position
    var isInteger = true
    if skip(UInt8(ascii: ".")) {
      isInteger = false
      try someDigits()
    }
    if let exponent = next, exponent | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
      try someDigits()
    }
    return isInteger ? .integer(try integer(text[digits..<end], isNegative)) : .real(try real(text[start..<position]))
  }

  private func integer(_ digits: ArraySlice<UInt8>, _ isNegative: Bool) throws(JSONError) -> Int64 {
    // Downwards, because there is one number more below zero than above it.
    var value: Int64 = 0
    for digit in digits {
      let (tens, isTooBig) = value.multipliedReportingOverflow(by: 10)
      let (sum, isTooFar) = tens.subtractingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
      if isTooBig || isTooFar { throw malformed("an integer beyond 64 bits") }
      value = sum
    }
    guard !isNegative else { return value }
    guard value != .min else { throw malformed("an integer beyond 64 bits") }
    return -value
  }

  private func real(_ text: ArraySlice<UInt8>) throws(JSONError) -> Double {
    guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else {
      throw malformed("a number that is too large")
    }
    return value
  }

  private mutating func someDigits() throws(JSONError) {
    let start = position
    skipDigits()
    if position == start { throw malformed("a digit expected") }
  }

  private mutating func skipDigits() {
    while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let end = position + word.utf8CodeUnitCount
    guard end <= text.count, text[position..<end].elementsEqual(word.description.utf8) else {
      throw malformed("a value expected")
    }
    position = end
    return value
  }

  // MARK: Bytes

  private var next: UInt8? { position < text.count ? text[position] : nil }

  private mutating func skip(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private func malformed(_ message: String) -> JSONError {
    JSONError(kind: .malformed, message: message, offset: position)
  }

  private func duplicateKey(at offset: Int) -> JSONError {
    JSONError(kind: .duplicateKey, message: "a key that stands twice in one object", offset: offset)
  }
}
