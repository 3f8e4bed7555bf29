/// All that is wrong with a configuration, over all its files; never empty.
package struct ConfigurationErrors: Error, Sendable, CustomStringConvertible {
  /// File by file in the order in which they were read, then by place.
  package let errors: [ConfigurationError]

  package init(_ errors: [ConfigurationError]) { self.errors = errors }

  /// One line an error.
  package var description: String { lines.joined(separator: "\n") }

  package var lines: [String] { errors.map(\.description) }
}
