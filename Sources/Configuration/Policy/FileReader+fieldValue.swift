internal import Conference
internal import JSON
internal import Policy

extension FileReader {
  /// A value that the field could have in a request.
  func fieldValue(_ value: YAMLValue, _ name: String, _ field: Field) -> FieldValue? {
    switch field.specification.kind.check(value.json) {
    case .success(let fieldValue): return fieldValue
    case .failure(let fault):
      report(value, "\(name) \(fault.detail)")
      return nil
    }
  }

  /// `allow`: words of an enumeration, numbers or booleans; URL prefixes for the one field that is a URL; globs for
  /// every other text.
  func allowance(_ value: YAMLValue, _ name: String, _ field: Field) -> Allowance? {
    let elements = list(value, name)
    var seen: [String: Position] = [:]
    for element in elements where !element.text.isEmpty {
      if let first = seen[element.text] {
        report(element, "\(name): \(element.text.quoted) stands here twice (\(place(first)))")
      } else {
        seen[element.text] = element.position
      }
    }
    let read: Allowance
    switch field.specification.kind {
    case .enumeration, .boolean, .integer:
      read = .values(elements.compactMap { fieldValue($0, name, field) })
    case .string where field == .holdAudioURL:
      read = .prefixes(elements.compactMap { prefix($0, name) })
    case .string, .base64:
      read = .globs(elements.compactMap { text($0, name).map(Glob.init) })
    }
    return read.members.isEmpty ? nil : read
  }

  private func prefix(_ value: YAMLValue, _ name: String) -> URLPrefix? {
    guard let text = text(value, name) else { return nil }
    do {
      return try URLPrefix(text)
    } catch {
      report(value, "\(name): this is no plain URL prefix: \(error.message) (byte \(error.offset))")
      return nil
    }
  }
}

extension YAMLValue {
  /// As a request's body would have it.
  fileprivate var json: JSONValue {
    switch content {
    case .null: .null
    case .boolean(let boolean): .boolean(boolean)
    case .integer(let integer): .integer(integer)
    case .otherNumber: .number(text)
    case .string: .string(text)
    case .sequence: .array([])
    case .mapping: .object(JSONObject())
    }
  }
}
