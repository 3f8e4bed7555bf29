/// A mapping whose keys are known.
struct Section {
  let reader: FileReader
  let position: Position
  /// Such as `server.drain`; empty for the file's outermost mapping.
  let name: String
  /// Known keys alone, each once.
  let members: [YAMLMember]

  subscript(key: String) -> YAMLValue? { members.first { $0.key == key }?.value }

  /// The value of a key that must be there.
  func required(_ key: String) -> YAMLValue? {
    if let value = self[key] { return value }
    reader.report(position, "\(name.isEmpty ? key : "\(name).\(key)") is missing")
    return nil
  }

  /// A member's whole name.
  func named(_ key: String) -> String { name.isEmpty ? key : "\(name).\(key)" }
}

extension FileReader {
  /// - Parameters:
  ///   - known: every key that may stand here; another one is an error, with the nearest known one as a hint.
  ///   - fitting: those of them that make sense; all, where nothing is said.
  func section(_ value: YAMLValue, _ name: String, known: [String], fitting: [String]? = nil) -> Section? {
    guard case .mapping(let members) = value.content else {
      report(value, "\(name.isEmpty ? "the file" : name) must be a mapping, is \(value.noun)")
      return nil
    }
    for member in members where !known.contains(member.key) {
      let place = name.isEmpty ? "" : " in \(name)"
      let hint = misplaced(member.key, in: name) ?? (fitting ?? known).suggestion(for: member.key)
      report(member.position, "unknown key \(member.key.quoted)\(place)\(hint)")
    }
    return Section(
      reader: self, position: value.position, name: name,
      members: members.filter { !$0.isRepeated && known.contains($0.key) })
  }
}

extension FileReader {
  /// What a key is that stands one level too high: its line is not indented as was meant.
  private func misplaced(_ key: String, in name: String) -> String? {
    switch name {
    case "" where Self.policyKeys.contains(key): "; it belongs under policy: indent it"
    case "policy" where Self.ruleKeys.contains(key): "; it belongs under a field's name: indent it"
    default: nil
    }
  }
}

extension Section {
  func section(_ key: String, known: [String]) -> Section? {
    self[key].flatMap { reader.section($0, named(key), known: known) }
  }

  func text(_ key: String) -> String? { self[key].flatMap { reader.text($0, named(key)) } }

  func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
    self[key].flatMap { reader.integer($0, named(key), in: range) }
  }

  func boolean(_ key: String) -> Bool? { self[key].flatMap { reader.boolean($0, named(key)) } }

  func duration(_ key: String, in range: ClosedRange<Duration>) -> Duration? {
    self[key].flatMap { reader.duration($0, named(key), in: range) }
  }

  func size(_ key: String, in range: ClosedRange<Int>) -> Int? {
    self[key].flatMap { reader.size($0, named(key), in: range) }
  }
}
