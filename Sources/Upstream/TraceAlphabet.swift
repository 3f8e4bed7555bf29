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
    fileprivate var bits: UInt16 = 0

    /// Part of a trace, encoded or not. What can't is between the words of a reply, so that few of its runs are as long
    /// as a token.
    var isPart: Bool { bits & 1 != 0 }
    /// The first byte of an escape, or of a line's end, which stands for nothing.
    var isEscape: Bool { bits & 2 != 0 }
    /// A digit of either alphabet (RFC 4648, sections 4 and 5).
    var isBase64: Bool { bits & 4 != 0 }
    var isHex: Bool { bits & 8 != 0 }
    /// Of a digit.
    var base64: UInt16 { bits >> 4 & 63 }
    /// Of a digit.
    var hex: UInt8 { UInt8(truncatingIfNeeded: bits >> 10 & 15) }
  }

  let tokens: [Token]
  /// Bytes of the shortest token. Each encoding has at least as many as what it encodes, so no trace is shorter.
  let least: Int
  /// Of each byte.
  private let classes: [Class]

  /// nil where there are no tokens.
  init?(of tokens: [[UInt8]]) {
    guard let least = tokens.map(\.count).min() else { return nil }
    self.tokens = tokens.map(Token.init)
    self.least = least
    var classes = [Class](repeating: Class(), count: 256)
    for byte in tokens.joined() { classes[Int(byte)].bits |= 1 }
    for byte in EncodedText.escapes { classes[Int(byte)].bits |= 1 | 2 }
    for byte in "#;{}=".utf8 { classes[Int(byte)].bits |= 1 }
    for (value, byte) in Self.digits.enumerated() { classes[Int(byte)].bits |= 1 | 4 | UInt16(value) << 4 }
    classes[Int(UInt8(ascii: "-"))].bits |= 1 | 4 | 62 << 4
    classes[Int(UInt8(ascii: "_"))].bits |= 1 | 4 | 63 << 4
    for byte in UInt8.min...UInt8.max {
      if let value = EncodedText.hexValue(byte) { classes[Int(byte)].bits |= 8 | UInt16(value) << 10 }
    }
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
}
