/// One thing that is wrong with a configuration, at its place. Prints in the form that editors jump to.
package struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// As the file was named on the command line, or found from there.
  package let file: String
  package let position: Position
  /// For people. Quotes no token.
  package let message: String

  package var line: Int { position.line }
  package var column: Int { position.column }

  package var description: String { "\(file):\(line):\(column): error: \(message)" }

  package init(file: String, position: Position, message: String) {
    self.file = file
    self.position = position
    self.message = message
  }
}
