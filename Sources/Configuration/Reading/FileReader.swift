/// Reads typed values of one file. A value that is not what it should be is reported and read as nil, so that
/// reading goes on and finds the next error.
struct FileReader {
  /// As errors name it.
  let file: String
  let diagnostics: Diagnostics

  func report(_ position: Position, _ message: String) { diagnostics.report(file, position, message) }
  func report(_ value: YAMLValue, _ message: String) { report(value.position, message) }

  /// As a message names another place: `FILE:LINE:COLUMN`.
  func place(_ position: Position) -> String { "\(file):\(position.line):\(position.column)" }

  /// - Parameter name: the value's own, such as `server.max_body`; begins the error.
  func text(_ value: YAMLValue, _ name: String) -> String? {
    guard case .string = value.content else {
      let hint =
        switch value.content {
        case .boolean, .integer, .otherNumber: "; put it in quotes if that is meant"
        default: ""
        }
      report(value, "\(name) must be a text, is \(value.noun)\(hint)")
      return nil
    }
    guard !value.text.isEmpty else {
      report(value, "\(name) must not be empty")
      return nil
    }
    guard !value.text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      report(value, "\(name) has a control character")
      return nil
    }
    return value.text
  }

  func integer(_ value: YAMLValue, _ name: String, in range: ClosedRange<Int>) -> Int? {
    guard case .integer(let integer) = value.content else {
      report(value, "\(name) must be an integer, is \(value.noun)")
      return nil
    }
    guard let number = Int(exactly: integer), range.contains(number) else {
      report(value, "\(name) must be \(range.lowerBound) to \(range.upperBound), is \(value.text.quoted)")
      return nil
    }
    return number
  }

  func boolean(_ value: YAMLValue, _ name: String) -> Bool? {
    guard case .boolean(let boolean) = value.content else {
      report(value, "\(name) must be true or false, is \(value.noun)")
      return nil
    }
    return boolean
  }

  func list(_ value: YAMLValue, _ name: String) -> [YAMLValue] {
    guard case .sequence(let elements) = value.content else {
      report(value, "\(name) must be a list, is \(value.noun)")
      return []
    }
    if elements.isEmpty { report(value, "\(name) must not be an empty list") }
    return elements
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ value: YAMLValue, _ name: String, _: Choice.Type
  ) -> Choice? where Choice.RawValue == String {
    guard let text = text(value, name) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      let known = Choice.allCases.map(\.rawValue)
      report(
        value, "\(name) must be \(known.joined(separator: " or ")), is \(text.quoted)\(known.suggestion(for: text))")
      return nil
    }
    return choice
  }

  /// A name that may stand in replies, metrics and records.
  func identifier(_ value: YAMLValue, _ name: String) -> String? {
    guard let text = text(value, name) else { return nil }
    guard text.isIdentifier else {
      report(value, "\(name) must be \(String.identifierForm)")
      return nil
    }
    return text
  }
}

extension String {
  package static let identifierForm = "1 to 64 letters, digits, hyphens, dots or underscores"

  /// Whether a team, a caller or a limit may be named so.
  package var isIdentifier: Bool {
    (1...64).contains(utf8.count)
      && utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }
}
