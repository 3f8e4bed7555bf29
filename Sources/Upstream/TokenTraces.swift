internal import Crypto

/// Finds tokens in replies, however they are written there. Telnyx has no reason to send one back; something between here
/// and there that repeats a request in its error page has.
///
/// What is found, wherever in a text it begins and ends:
/// - the token as it is,
/// - with any of its bytes escaped as JSON, JavaScript, C, HTML or a URL may have them, or broken into lines,
/// - in hex digits, and in Base64 of either alphabet, alone or within a longer text,
/// - and in each of these again, in any order and mixture, up to `TraceSearch.deepest` of them. What is encoded more often
///   than that, or costs too much to decode, is overwritten as far as it could hold a token.
///
/// What can't be found: a token that was encrypted, compressed, hashed, turned around, cut short or changed in case, or
/// that stands in pieces with other text between them; and an encoding that is none of the above, such as UTF-16,
/// quoted-printable or a list of numbers.
///
/// A class: each reply takes it from the store, and nothing is allocated for one that holds no trace.
final class TokenTraces: Sendable {
  /// A shorter token could be part of any word, and isn't looked for.
  static let shortest = 8

  private let alphabet: TraceAlphabet?

  init(of tokens: [Secret]) {
    alphabet = TraceAlphabet(of: tokens.map { $0.reveal() }.filter { $0.count >= Self.shortest })
  }

  /// Overwrites each trace with as many asterisks, whole escapes at a time: whatever the text is, it stays well-formed.
  ///
  /// - Parameter part: where to look; nil = everywhere.
  /// - Returns: whether there was one.
  func mask(_ text: inout [UInt8], in part: Range<Int>? = nil) -> Bool {
    let part = part ?? text.indices
    guard let alphabet, part.count >= alphabet.least else { return false }
    let ranges = text.withUnsafeBufferPointer { bytes in
      TraceSearch.ranges(of: alphabet, in: UnsafeBufferPointer(rebasing: bytes[part]))
    }
    for range in ranges {
      // What stands behind a backslash can be one letter of the token and an escape's.
      var start = part.lowerBound + range.lowerBound
      while start > part.lowerBound, text[start - 1] == UInt8(ascii: "\\") { start -= 1 }
      for index in start..<(part.lowerBound + range.upperBound) { text[index] = UInt8(ascii: "*") }
    }
    return !ranges.isEmpty
  }
}
