internal import CCurl
internal import Crypto

/// What tokens look like in a reply: as they are, with their bytes escaped as JSON or a URL may have them, and in Base64
/// (either alphabet), wherever in it they begin. Telnyx has no reason to send one back; something between here and there that
/// repeats a request in its error page has.
///
/// A class: each reply takes it from the store, of one that is looked through and holds none nothing is allocated.
final class TokenTraces: Sendable {
  /// A shorter token could be part of any word, and isn't looked for.
  static let shortest = 8

  /// A text that is looked for, and which of its bytes replies have least: nearly all replies are done with after a look for
  /// that one.
  private struct Trace {
    let text: [UInt8]
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

  private let tokens: [Trace]
  /// The tokens, and what Base64 makes of each at its three alignments.
  private let traces: [Trace]

  init(of tokens: [Secret]) {
    let known = tokens.map { $0.reveal() }.filter { $0.count >= Self.shortest }
    self.tokens = known.map(Trace.init)
    traces = known.flatMap { token in
      [token] + (0..<3).flatMap { Self.base64(of: token, behind: $0) }
    }.map(Trace.init)
  }

  /// Overwrites each trace with as many asterisks: whatever the text is, it stays well-formed.
  ///
  /// - Returns: whether there was one.
  func mask(_ text: inout [UInt8]) -> Bool {
    var ranges: [Range<Int>] = []
    text.withUnsafeBytes { find(in: $0, &ranges) }
    for range in ranges {
      for index in range { text[index] = UInt8(ascii: "*") }
    }
    return !ranges.isEmpty
  }

  private func find(in text: UnsafeRawBufferPointer, _ ranges: inout [Range<Int>]) {
    guard let start = text.baseAddress else { return }
    for trace in traces { Self.find(trace, in: text) { ranges.append($0) } }
    // Few texts have either.
    guard
      memchr(start, Int32(UInt8(ascii: "\\")), text.count) != nil
        || memchr(start, Int32(UInt8(ascii: "%")), text.count) != nil
    else { return }
    let (plain, offsets) = Self.unescaped(text)
    plain.withUnsafeBytes { plain in
      for token in tokens {
        Self.find(token, in: plain) { ranges.append(offsets[$0.lowerBound]..<offsets[$0.upperBound]) }
      }
    }
  }

  private static func find(_ trace: Trace, in text: UnsafeRawBufferPointer, _ found: (Range<Int>) -> Void) {
    guard let start = text.baseAddress, memchr(start, Int32(trace.rarest), text.count) != nil else { return }
    let length = trace.text.count
    var offset = 0
    while let place = memmem(start + offset, text.count - offset, trace.text, length) {
      let first = UnsafeRawPointer(place) - start
      offset = first + length
      found(first..<offset)
    }
  }

  /// The text without its escapes (RFC 8259, section 7; RFC 3986, section 2.1), and for each of its bytes where it stood; for
  /// its end, too.
  private static func unescaped(_ text: UnsafeRawBufferPointer) -> (plain: [UInt8], offsets: [Int]) {
    var plain: [UInt8] = []
    var offsets: [Int] = []
    plain.reserveCapacity(text.count)
    offsets.reserveCapacity(text.count + 1)
    var index = 0
    while index < text.count {
      var (byte, length) = (text[index], 1)
      if byte == UInt8(ascii: "%"), let number = hex(text, index + 1, digits: 2) {
        (byte, length) = (UInt8(number), 3)
      } else if byte == UInt8(ascii: "\\"), index + 1 < text.count {
        if text[index + 1] != UInt8(ascii: "u") {
          (byte, length) = (text[index + 1], 2)
        } else if let number = hex(text, index + 2, digits: 4) {
          (byte, length) = (UInt8(clamping: number), 6)
        }
      }
      plain.append(byte)
      offsets.append(index)
      index += length
    }
    offsets.append(index)
    return (plain, offsets)
  }

  private static func hex(_ text: UnsafeRawBufferPointer, _ start: Int, digits: Int) -> Int? {
    guard start + digits <= text.count else { return nil }
    var number = 0
    for byte in text[start..<(start + digits)] {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | Int(byte & 15)
      case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
        number = number << 4 | Int(byte & 15) + 9
      default: return nil
      }
    }
    return number
  }

  /// The digits that a token alone decides where so many bytes stand before it, in both alphabets (RFC 4648, sections 4, 5).
  private static func base64(of token: [UInt8], behind count: Int) -> [[UInt8]] {
    let digits = Array((Array(repeating: 0, count: count) + token).base64.utf8)
    let last = (count + token.count) * 8 / 6
    let standard = Array(digits[(count == 0 ? 0 : count + 1)..<last])
    let forURLs = standard.map { digit in
      switch digit {
      case UInt8(ascii: "+"): UInt8(ascii: "-")
      case UInt8(ascii: "/"): UInt8(ascii: "_")
      default: digit
      }
    }
    return standard == forURLs ? [standard] : [standard, forURLs]
  }
}
