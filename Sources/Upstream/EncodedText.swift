/// What a part of a text stands for, and where in the text each byte of that comes from.
struct EncodedText {
  /// A text, as long as somebody keeps it.
  struct View {
    let bytes: UnsafePointer<UInt8>
    let count: Int
    /// nil for the outermost text itself.
    private let origins: UnsafePointer<Origin>?
    /// It was made of numbers that stand in the outermost text, with signs between them that are no part of it.
    let isOfNumbers: Bool

    init(_ bytes: UnsafePointer<UInt8>, count: Int) { self.init(bytes, nil, count: count, isOfNumbers: false) }

    fileprivate init(
      _ bytes: UnsafePointer<UInt8>, _ origins: UnsafePointer<Origin>?, count: Int, isOfNumbers: Bool
    ) {
      self.bytes = bytes
      self.origins = origins
      self.count = count
      self.isOfNumbers = isOfNumbers
    }

    var isOutermost: Bool { origins == nil }

    /// Where in the outermost text a range that isn't empty comes from.
    func origin(of range: Range<Int>) -> Range<Int> {
      guard let origins else { return range }
      return Int(origins[range.lowerBound].start)..<Int(origins[range.upperBound - 1].end)
    }
  }

  /// Where in the outermost text that begins and ends which a byte was made of.
  fileprivate struct Origin {
    let start: Int32
    let end: Int32
  }

  private var bytes: [UInt8] = []
  private var origins: [Origin] = []
  private let isOfNumbers: Bool

  var count: Int { bytes.count }

  func withView(_ body: (View) -> Void) {
    bytes.withUnsafeBufferPointer { bytes in
      origins.withUnsafeBufferPointer { origins in
        guard let start = bytes.baseAddress else { return }
        body(View(start, origins.baseAddress, count: bytes.count, isOfNumbers: isOfNumbers))
      }
    }
  }

  private init(capacity: Int, isOfNumbers: Bool) {
    self.isOfNumbers = isOfNumbers
    bytes.reserveCapacity(capacity)
    origins.reserveCapacity(capacity)
  }

  private mutating func append(_ byte: UInt8, _ origin: Range<Int>) {
    bytes.append(byte)
    origins.append(
      Origin(start: Int32(truncatingIfNeeded: origin.lowerBound), end: Int32(truncatingIfNeeded: origin.upperBound)))
  }

  /// A run of bytes that something in a text stands for.
  ///
  /// - Parameters:
  ///   - isList: these are numbers of a list.
  ///   - origin: what of the text a byte was made of.
  @inline(__always)
  init(of text: View, isList: Bool, _ run: Range<Int>, _ byte: (Int) -> UInt8, origin: (Int) -> Range<Int>) {
    self.init(capacity: run.count, isOfNumbers: text.isOfNumbers || isList && text.isOutermost)
    for index in run { append(byte(index), text.origin(of: origin(index))) }
  }

  /// What escapes begin with.
  static let escapes = Array("\\%&".utf8)
  /// What stands for nothing: line ends, and the NULs beside the ASCII of UTF-16 and UTF-32.
  static let fillers: [UInt8] = [0, 0x0A, 0x0D]

  /// A run of a text without its escapes and fillers: those of JSON (RFC 8259, section 7), JavaScript and C, those of
  /// a URL (RFC 3986, section 2.1), and the character references of HTML (the living standard, section 13.5). One of a
  /// character beyond Latin-1 becomes a byte that no token has.
  init(unescaping text: View, _ run: Range<Int>) {
    self.init(capacity: run.count, isOfNumbers: text.isOfNumbers)
    let escaped = UnsafeRawBufferPointer(start: text.bytes, count: run.upperBound)
    var index = run.lowerBound
    while index < run.upperBound {
      let (byte, length) = Self.character(escaped, index)
      // A line end behind an `=` may belong to it, as `init(unquoting:)` has it: where they aren't side by side yet, they will
      // be in what comes of this, which is looked at in both ways.
      let mayBeQuoted =
        byte != 0 && bytes.last == UInt8(ascii: "=") && (length > 1 || escaped[index - 1] != UInt8(ascii: "="))
      if mayBeQuoted || !Self.fillers.contains(byte) { append(byte, text.origin(of: index..<(index + length))) }
      index += length
    }
  }

  /// A run of a text without the NULs that stand beside ASCII in UTF-16. By themselves, first: one may follow a backslash.
  init(narrowing text: View, _ run: Range<Int>) {
    self.init(capacity: run.count, isOfNumbers: text.isOfNumbers)
    for index in run where text.bytes[index] != 0 {
      append(text.bytes[index], text.origin(of: index..<(index + 1)))
    }
  }

  /// A run of a text in quoted-printable (RFC 2045, section 6.7), decoded. What follows an `=` and is no number is a line
  /// end, or one that is encoded again: then the `=` stands for nothing.
  init(unquoting text: View, _ run: Range<Int>) {
    self.init(capacity: run.count, isOfNumbers: text.isOfNumbers)
    let quoted = UnsafeRawBufferPointer(start: text.bytes, count: run.upperBound)
    var index = run.lowerBound
    while index < run.upperBound {
      if quoted[index] == UInt8(ascii: "="), let number = Self.number(quoted, index + 1, 2...2) {
        append(number.byte, text.origin(of: index..<(index + 3)))
        index += 3
        continue
      }
      if quoted[index] != UInt8(ascii: "="), !Self.fillers.contains(quoted[index]) {
        append(quoted[index], text.origin(of: index..<(index + 1)))
      }
      index += 1
    }
  }

  /// The character that begins there, and how many bytes it has.
  private static func character(_ text: UnsafeRawBufferPointer, _ index: Int) -> (byte: UInt8, length: Int) {
    switch text[index] {
    case UInt8(ascii: "\\"):
      guard index + 1 < text.count else { break }
      switch text[index + 1] {
      case UInt8(ascii: "u"), UInt8(ascii: "U"):
        if let number = number(text, index + 2, 4...4) { return (number.byte, 6) }
        guard index + 2 < text.count, text[index + 2] == UInt8(ascii: "{"),
          let number = number(text, index + 3, 1...8), index + 3 + number.digits < text.count,
          text[index + 3 + number.digits] == UInt8(ascii: "}")
        else { break }
        return (number.byte, number.digits + 4)
      case UInt8(ascii: "x"), UInt8(ascii: "X"):
        if let number = number(text, index + 2, 2...2) { return (number.byte, 4) }
      case UInt8(ascii: "0")...UInt8(ascii: "7"):
        if let number = number(text, index + 1, 1...3, base: 8) { return (number.byte, 1 + number.digits) }
      case UInt8(ascii: "n"), UInt8(ascii: "r"): return (UInt8(ascii: "\n"), 2)
      // Whatever they stand for, no token has it.
      case UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "t"): return (UInt8(ascii: "\t"), 2)
      default: break
      }
      return (text[index + 1], 2)
    case UInt8(ascii: "%"):
      if let number = number(text, index + 1, 2...2) { return (number.byte, 3) }
      guard index + 1 < text.count, text[index + 1] | 0x20 == UInt8(ascii: "u") else { break }
      if let number = number(text, index + 2, 4...4) { return (number.byte, 6) }
    case UInt8(ascii: "&"): if let reference = reference(text, index + 1) { return reference }
    default: break
    }
    return (text[index], 1)
  }

  /// A character reference of HTML behind its `&`. A number may lack the semicolon.
  private static func reference(_ text: UnsafeRawBufferPointer, _ start: Int) -> (byte: UInt8, length: Int)? {
    guard start < text.count else { return nil }
    guard text[start] == UInt8(ascii: "#") else {
      let name = text[start...].prefix(longestName + 1)
      guard let end = name.firstIndex(of: UInt8(ascii: ";")),
        let byte = names.first(where: { $0.name.elementsEqual(name[..<end]) })?.byte
      else { return nil }
      return (byte, end + 2 - start)
    }
    guard start + 1 < text.count else { return nil }
    let isHex = text[start + 1] | 0x20 == UInt8(ascii: "x")
    let first = isHex ? start + 2 : start + 1
    guard let number = number(text, first, 1...16, base: isHex ? 16 : 10) else { return nil }
    let end = first + number.digits
    let hasEnd = end < text.count && text[end] == UInt8(ascii: ";")
    return (number.byte, end + 1 - start + (hasEnd ? 1 : 0))
  }

  /// Those of HTML's names that stand for ASCII.
  private static let names: [(name: [UInt8], byte: UInt8)] = [
    ("Tab", "\t"), ("NewLine", "\n"), ("excl", "!"), ("quot", "\""), ("QUOT", "\""), ("num", "#"), ("dollar", "$"),
    ("percnt", "%"), ("amp", "&"), ("AMP", "&"), ("apos", "'"), ("lpar", "("), ("rpar", ")"), ("ast", "*"),
    ("midast", "*"), ("plus", "+"), ("comma", ","), ("period", "."), ("sol", "/"), ("colon", ":"), ("semi", ";"),
    ("lt", "<"), ("LT", "<"), ("equals", "="), ("gt", ">"), ("GT", ">"), ("quest", "?"), ("commat", "@"),
    ("lsqb", "["), ("lbrack", "["), ("bsol", "\\"), ("rsqb", "]"), ("rbrack", "]"), ("Hat", "^"), ("lowbar", "_"),
    ("UnderBar", "_"), ("grave", "`"), ("DiacriticalGrave", "`"), ("lcub", "{"), ("lbrace", "{"), ("verbar", "|"),
    ("vert", "|"), ("VerticalLine", "|"), ("rcub", "}"), ("rbrace", "}"),
  ].map { (Array($0.0.utf8), UInt8(ascii: $0.1)) }
  private static let longestName = names.map(\.name.count).max() ?? 0

  /// Digits of one number, as many as there are and may be, and its value as a byte.
  private static func number(
    _ text: UnsafeRawBufferPointer, _ start: Int, _ digits: ClosedRange<Int>, base: UInt8 = 16
  ) -> (byte: UInt8, digits: Int)? {
    var value: UInt32 = 0
    var count = 0
    while count < digits.upperBound, start + count < text.count {
      guard let digit = hexValue(text[start + count]), digit < base else { break }
      value = min(value * UInt32(base) + UInt32(digit), 0xFFFF)
      count += 1
    }
    return count >= digits.lowerBound ? (UInt8(clamping: value), count) : nil
  }

  static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
