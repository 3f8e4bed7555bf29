internal import Crypto

/// Finds tokens in replies, however they are written there. Telnyx has no reason to send one back; something between here
/// and there that repeats a request in its error page has.
///
/// What is found, wherever in a text it begins and ends:
/// - the token as it is,
/// - with any of its bytes escaped as JSON, JavaScript, C, HTML, a URL or quoted-printable may have them, broken into lines,
///   or in UTF-16,
/// - in hex digits, in Base32 and Base64 of either alphabet, alone or within a longer text,
/// - as a list of numbers in base 2, 8, 10 or 16 with whatever signs between them (`4b:45:59`, `0x4b, 0x45`, `[75,69,89]`,
///   `{"0":75,"1":69}`),
/// - and in each of these again, in any order and mixture, up to `TraceSearch.deepest` of them. What is encoded more often
///   than that, or costs too much to decode, is overwritten as far as it could hold a token.
///
/// That is what programs make that print or store bytes without a thought. What can't be found: a token that was encrypted,
/// compressed, hashed, turned around, cut short, changed in case or in its letters (ROT13), which nobody does by accident; one
/// that stands in pieces with other text between them, such as the lines of a hex dump with offsets and a column of text, or
/// letters in an array; numbers of more than a byte; a list some of whose signs are encoded and others aren't; and encodings
/// of no standard that gateways follow (Base58, Base85, uuencode). A body that isn't text is never handed on with an error
/// (`ReplyCollector`), so that what was compressed is not, either.
///
/// A class: each reply takes it from the store, and nothing is allocated for one that holds no trace.
final class TokenTraces: Sendable {
  /// A shorter token could be part of any word, and isn't looked for.
  static let shortest = 8

  private let alphabet: TraceAlphabet?
  /// No text of fewer bytes has a trace.
  private let least: Int

  init(of tokens: [Secret]) {
    alphabet = TraceAlphabet(of: tokens.map { $0.reveal() }.filter { $0.count >= Self.shortest })
    least = alphabet?.least ?? .max
  }

  /// Overwrites each trace with as many asterisks, whole escapes at a time: whatever the text is, it stays well-formed.
  /// In a list, numbers alone are overwritten; where they are in no string, with 42, which is an asterisk's.
  ///
  /// - Parameter part: where to look; nil = everywhere.
  /// - Returns: whether there was one.
  @inline(__always)
  func mask(_ text: inout [UInt8], in part: Range<Int>? = nil) -> Bool {
    let part = part ?? text.indices
    // Most header fields are done with here.
    guard part.count >= least else { return false }
    return maskLong(&text, in: part)
  }

  private func maskLong(_ text: inout [UInt8], in part: Range<Int>) -> Bool {
    guard let alphabet else { return false }
    let traces = text.withUnsafeBufferPointer { bytes in
      TraceSearch.traces(of: alphabet, in: UnsafeBufferPointer(rebasing: bytes[part]))
    }
    guard !traces.isEmpty else { return false }
    for trace in traces {
      let range = (part.lowerBound + trace.range.lowerBound)..<(part.lowerBound + trace.range.upperBound)
      if trace.isOfNumbers {
        maskNumbers(&text, in: range, of: part)
        continue
      }
      // What stands behind a backslash can be one letter of the token and an escape's.
      var start = range.lowerBound
      while start > part.lowerBound, text[start - 1] == UInt8(ascii: "\\") { start -= 1 }
      for index in start..<range.upperBound { text[index] = UInt8(ascii: "*") }
    }
    return true
  }

  private func maskNumbers(_ text: inout [UInt8], in range: Range<Int>, of part: Range<Int>) {
    var isString = false
    var index = part.lowerBound
    while index < range.upperBound {
      let isWithin = index >= range.lowerBound
      switch text[index] {
      case UInt8(ascii: "\""):
        isString.toggle()
        index += 1
      // An escape of JSON stays whole, or goes.
      case UInt8(ascii: "\\") where isString:
        let isNumber = index + 1 < range.upperBound && text[index + 1] == UInt8(ascii: "u")
        let end = min(index + (isNumber ? 6 : 2), range.upperBound)
        if isWithin, isNumber { text.overwrite(index..<end) }
        index = end
      case let byte where isWithin && EncodedText.hexValue(byte) != nil:
        let start = index
        while index < range.upperBound, EncodedText.hexValue(text[index]) != nil { index += 1 }
        text.overwrite(start..<index)
        if !isString, index - start > 1 {
          for place in start..<index { text[place] = UInt8(ascii: " ") }
          (text[index - 2], text[index - 1]) = (UInt8(ascii: "4"), UInt8(ascii: "2"))
        }
      default: index += 1
      }
    }
  }
}

extension [UInt8] {
  fileprivate mutating func overwrite(_ range: Range<Int>) {
    for index in range { self[index] = UInt8(ascii: "*") }
  }
}
