internal import JSON

/// A command on its way out of a body: what the members seen so far make of it, and everything that is wrong with them.
struct CommandReading {
  private var command = ConferenceCommand()
  private var faults: [Fault] = []
  /// Fields that were given a value which they can't have.
  private var faulty: [Field] = []
  /// Names that only look like a field's.
  private var misnamed = 0

  /// - Parameter key: UTF-8.
  mutating func take(_ key: Span<UInt8>, _ value: JSONValue) {
    guard let field = Field(named: key) else { return takeUnknown(String(utf8: key), value) }
    // A client that has no value for a field says so: the field is not given, and a required one is missing.
    if case .null = value { return }
    switch field.specification.kind.check(value) {
    case .success(let value): command[field] = value
    case .failure(let fault):
      faults.append(fault.at(field))
      faulty.append(field)
    }
  }

  private mutating func takeUnknown(_ key: String, _ value: JSONValue) {
    guard let field = Field(resembling: key) else {
      return command.unknown.append(JSONObject.Member(key: key, value: value))
    }
    misnamed += 1
    if misnamed <= Fault.mostUnknown { faults.append(.misnamed(key, field)) }
  }

  /// - Throws: one `Refusal` with every fault there is.
  consuming func finish() throws(Refusal) -> ConferenceCommand {
    for field in Field.demanding {
      if field.specification.required, !isGiven(field) { faults.append(Fault.missing.at(field)) }
      // A pair that excludes each other is one fault, told at the later row.
      if let other = field.excluded, other.index < field.index, isGiven(field), isGiven(other) {
        faults.append(Fault.excludes(other).at(field))
      }
    }
    if misnamed > Fault.mostUnknown {
      faults.append(Fault(.badRequest, "\(misnamed - Fault.mostUnknown) more names only look like a field's"))
    }
    guard faults.isEmpty else { throw .invalid(faults) }
    return command
  }

  private func isGiven(_ field: Field) -> Bool { command.has(field) || faulty.contains(field) }
}

extension String {
  fileprivate init(utf8: Span<UInt8>) {
    // The parser takes nothing else than UTF-8.
    self = unsafe utf8.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}
