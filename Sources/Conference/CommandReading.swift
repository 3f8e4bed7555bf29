internal import JSON

/// A command on its way out of a body: what the members seen so far make of it, and everything that is wrong with them.
struct CommandReading {
  private var command = ConferenceCommand()
  private var faults: [Fault] = []
  /// Fields that were given a value which they can't have.
  private var faulty: [Field] = []
  /// There are members that were passed over.
  private(set) var hasUnknown = false
  /// Names that only look like a field's.
  private var misnamed = 0

  /// - Parameter key: UTF-8.
  mutating func take(_ key: Span<UInt8>, _ value: JSONValue) {
    guard let field = Field(named: key) else {
      hasUnknown = true
      return
    }
    // A client that has no value for a field says so: the field is not given, and a required one is missing.
    if case .null = value { return }
    switch field.specification.kind.check(value) {
    case .success(let value): command[field] = value
    case .failure(let fault):
      faults.append(fault.at(field))
      faulty.append(field)
    }
  }

  /// What no row of the table names: nobody looks at its value.
  mutating func takeUnknown(among members: [JSONObject.WrittenMember]) {
    for member in members where Field(named: member.key) == nil {
      guard let field = Field(resembling: member.key) else {
        command.unknown.append(member)
        continue
      }
      misnamed += 1
      if misnamed <= Fault.mostUnknown { faults.append(.misnamed(member.key, field.name)) }
    }
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
