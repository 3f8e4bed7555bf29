internal import JSON

/// Gathers errors while files are read, so that all are told at once. Used by one thread, for one load. None of them holds what
/// looks like a secret, whoever has quoted it.
final class Diagnostics {
  private var errors: Set<ConfigurationError> = []
  /// The order of files is the order in which they were first spoken of.
  private var files: [String: Int] = [:]

  /// Of what is legal and hardly meant: `FILE:LINE:COLUMN: warning: ...`.
  private(set) var warnings: [String] = []

  func warn(_ file: String, _ position: Position, _ message: String) {
    warnings.append("\(file):\(position.line):\(position.column): warning: \(message.withoutSecrets.printable)")
  }

  var isEmpty: Bool { errors.isEmpty }

  func begin(_ file: String) {
    if files[file] == nil { files[file] = files.count }
  }

  /// The same error twice (an organization's rules are merged with every team's) is one.
  func report(_ file: String, _ position: Position, _ message: String) {
    begin(file)
    errors.insert(ConfigurationError(file: file, position: position, message: message.withoutSecrets.printable))
  }

  var sorted: ConfigurationErrors {
    ConfigurationErrors(
      errors.sorted {
        (files[$0.file] ?? 0, $0.position, $0.message) < (files[$1.file] ?? 0, $1.position, $1.message)
      })
  }
}

extension String {
  /// On one line, and with nothing that a terminal would obey or that would turn the line around: errors quote files.
  fileprivate var printable: String {
    guard !unicodeScalars.allSatisfy(\.isSeen) else { return self }
    return unicodeScalars.map { $0.isSeen ? String($0) : "\\u{\(String($0.value, radix: 16, uppercase: true))}" }
      .joined()
  }
}
