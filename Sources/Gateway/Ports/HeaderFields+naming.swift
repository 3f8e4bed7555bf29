internal import Conference

/// Fields whose values name something: a request, a trace, a command. Text is made of such a value only where each of its
/// bytes is visible ASCII: bytes that are no UTF-8 would be repaired, and two names become one.
extension HeaderFields {
  /// Whether the value has visible ASCII only.
  func isVisible(_ value: Range<Int>) -> Bool {
    let value = bytes.span.extracting(value)
    for index in value.indices {
      let byte = value[index]
      guard byte > 0x20 && byte < 0x7F else { return false }
    }
    return true
  }

  /// Whether that is so of each field of that name.
  func areVisible(_ name: String) -> Bool {
    guard contains(name) else { return true }
    return ranges(of: name).allSatisfy { isVisible($0) }
  }

  /// Where the value of the one field of that name is, or nil where there is no such field.
  ///
  /// - Parameter name: as its standard writes it, for people.
  func onlyValueRange(of key: String, _ name: String) throws(Refusal) -> Range<Int>? {
    guard let value = valueRange(of: key) else { return nil }
    guard count(of: key) == 1 else { throw .badRequest("there is more than one \(name) field") }
    return value
  }
}
