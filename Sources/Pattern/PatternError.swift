/// Why a text is not a regular expression.
package struct PatternError: Error, Equatable, Sendable {
  /// In PCRE2's words.
  package let message: String
  /// Bytes from the start of the text to where the compiler stopped.
  package let offset: Int
}
