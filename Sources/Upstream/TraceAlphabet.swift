/// Some tokens, and which bytes a trace of one can be made of.
///
/// A class, so that a search takes it along without a copy.
final class TraceAlphabet: Sendable {
  struct Token: Sendable {
    let text: [UInt8]
    /// Which of its bytes replies have least: nearly all runs are done with after a look for that one.
    let rarest: UInt8

    init(_ text: [UInt8]) {
      self.text = text
      rarest = text.min { Self.rank($0) < Self.rank($1) } ?? 0
    }

    /// From what stands in hardly any head or body of JSON to what stands in all.
    private static let common = Array(
      "QXKYVBHLPEIRCUJOADWSFNMGZTqjzkwvxbyghfpumlsdrcnoiat_/+=-e9876543210".utf8)

    private static func rank(_ byte: UInt8) -> Int { common.firstIndex(of: byte) ?? -1 }
  }

  /// What a byte can be.
  struct Class {
    fileprivate var bits: UInt32 = 0

    /// Part of a trace, encoded or not. What can't is between the words of a reply, so that few of its runs are as long
    /// as a token.
    var isPart: Bool { bits & 1 != 0 }
    /// A NUL, which is part of a trace all the same where it stands beside other bytes: in UTF-16 and UTF-32.
    var isNUL: Bool { bits & 1 << 27 != 0 }
    /// The first byte of an escape, or one that stands for nothing.
    var isEscape: Bool { bits & 2 != 0 }
    /// A digit of either alphabet (RFC 4648, sections 4 and 5).
    var isBase64: Bool { bits & 4 != 0 }
    var isHex: Bool { bits & 8 != 0 }
    /// Of a digit.
    var base64: UInt16 { UInt16(truncatingIfNeeded: bits >> 4 & 63) }
    /// Of a digit.
    var hex: UInt8 { UInt8(truncatingIfNeeded: bits >> 10 & 15) }
    /// A letter of ASCII or a digit: all that the digits of either Base32 are (RFC 4648, sections 6 and 7).
    var isAlphanumeric: Bool { bits & 1 << 14 != 0 }
    /// Of a digit, in the alphabet of section 6, and in that of section 7.
    var base32: UInt16 { UInt16(truncatingIfNeeded: bits >> 15 & 31) }
    var base32hex: UInt16 { UInt16(truncatingIfNeeded: bits >> 20 & 31) }
    /// Part of a list of numbers: a digit up to hexadecimal ones, a blank, a line's end or a sign.
    var isListed: Bool { bits & 1 << 25 != 0 }
    /// A letter that can be part of a list of numbers, too, behind one of those that `isBeforeLetter`: `0x`, `\\x`, `#x`,
    /// and the escape of a blank or a line's end.
    var isListedLetter: Bool { bits & 1 << 26 != 0 }
    var isBeforeLetter: Bool { bits & 1 << 28 != 0 }
  }

  let tokens: [Token]
  /// Bytes of the shortest token. Each encoding has at least as many as what it encodes, so no trace is shorter.
  let least: Int
  /// Bytes of the shortest list of numbers that can be a trace: two digits of each.
  let leastList: Int
  /// Of each byte.
  private let classes: [Class]

  /// nil where there are no tokens.
  init?(of tokens: [[UInt8]]) {
    guard let least = tokens.map(\.count).min() else { return nil }
    self.tokens = tokens.map(Token.init)
    self.least = least
    leastList = 2 * least
    var classes = [Class](repeating: Class(), count: 256)
    for byte in tokens.joined() { classes[Int(byte)].bits |= 1 }
    for byte in EncodedText.escapes + EncodedText.fillers { classes[Int(byte)].bits |= 1 | 2 }
    classes[0].bits = 0
    for byte in "#;{}=".utf8 { classes[Int(byte)].bits |= 1 }
    for (value, byte) in Self.digits.enumerated() { classes[Int(byte)].bits |= 1 | 4 | UInt32(value) << 4 | 1 << 14 }
    for byte in "+/".utf8 { classes[Int(byte)].bits &= ~(1 << 14) }
    classes[Int(UInt8(ascii: "-"))].bits |= 1 | 4 | 62 << 4
    classes[Int(UInt8(ascii: "_"))].bits |= 1 | 4 | 63 << 4
    for byte in UInt8.min...UInt8.max {
      if let value = EncodedText.hexValue(byte) { classes[Int(byte)].bits |= 8 | UInt32(value) << 10 | 1 << 25 }
    }
    classes[0].bits |= 1 << 27
    // What is no digit is the last one, of which no token is made.
    for byte in 0..<256 { classes[byte].bits |= 31 << 15 | 31 << 20 }
    for (value, (base32, base32hex)) in zip(Self.base32, Self.base32hex).enumerated() {
      for byte in [base32, base32 | 0x20] { classes[Int(byte)].bits &= ~(UInt32(31 - value) << 15) }
      for byte in [base32hex, base32hex | 0x20] { classes[Int(byte)].bits &= ~(UInt32(31 - value) << 20) }
    }
    for byte in "\t\n\r !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".utf8 { classes[Int(byte)].bits |= 1 << 25 }
    for byte in "nrtuxX".utf8 { classes[Int(byte)].bits |= 1 << 26 }
    for byte in "\\0#".utf8 { classes[Int(byte)].bits |= 1 << 28 }
    // `U+004B`
    classes[Int(UInt8(ascii: "U"))].bits |= 1 << 25
    self.classes = classes
  }

  /// Gives the class of each byte.
  func withClasses<Result>(_ body: (UnsafePointer<Class>) -> Result) -> Result {
    classes.withUnsafeBufferPointer { classes in
      guard let first = classes.baseAddress else { fatalError("there are 256 classes") }
      return body(first)
    }
  }

  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8
  private static let base32hex = "0123456789ABCDEFGHIJKLMNOPQRSTUV".utf8
}
