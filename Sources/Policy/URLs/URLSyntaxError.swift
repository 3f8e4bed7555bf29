/// Why a text is not a URL of the strict grammar.
package struct URLSyntaxError: Error, Sendable, Equatable {
  /// For people; quotes nothing of the text.
  package let message: String
  /// Bytes from the start of the text.
  package let offset: Int
}
