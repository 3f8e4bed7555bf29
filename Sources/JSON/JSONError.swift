/// Why a text is not the JSON that was asked for.
package struct JSONError: Error, Equatable, Sendable {
  package enum Kind: Sendable {
    case malformed, duplicateKey, tooDeep
  }

  package let kind: Kind
  /// For people, in the parser's words.
  package let message: String
  /// Bytes from the start of the text to where it is wrong; nil where that can't be told.
  package let offset: Int?
}
