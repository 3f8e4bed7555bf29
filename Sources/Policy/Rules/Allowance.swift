package import Conference

/// The values that a field may have.
package enum Allowance: Sendable, Equatable {
  /// These alone: words of an enumeration, numbers, or true or false.
  case values([FieldValue])
  /// Texts that one of the globs matches.
  case globs([Glob])
  /// URLs below one of the prefixes.
  case prefixes([URLPrefix])

  /// What is wrong with the value, to follow the field's name; nil where it is allowed.
  func objection(to value: FieldValue) -> String? {
    switch self {
    case .values(let values):
      return values.contains(value) ? nil : "must be \(list)"
    case .globs(let globs):
      guard let text = value.string else { return "must match \(list)" }
      return globs.contains { $0.matches(text) } ? nil : "must match \(list)"
    case .prefixes(let prefixes):
      guard let text = value.string else { return "must be a URL below \(list)" }
      do {
        let url = try AudioURL(text)
        return prefixes.contains { $0.allows(url) } ? nil : "must be a URL below \(list)"
      } catch {
        return "must be a plain URL below \(list), but \(error.message) (byte \(error.offset))"
      }
    }
  }

  /// The members of this list that `wider` doesn't cover, as they are written. Empty = this list only tightens.
  func excess(over wider: Allowance) -> [String] {
    switch (self, wider) {
    case (.values(let values), .values(let wider)):
      values.filter { !wider.contains($0) }.map(\.description)
    case (.globs(let globs), .globs(let wider)):
      globs.filter { glob in !wider.contains { $0.covers(glob) } }.map(\.text)
    case (.prefixes(let prefixes), .prefixes(let wider)):
      prefixes.filter { prefix in !wider.contains { $0.covers(prefix) } }.map(\.text)
    default: members
    }
  }

  /// For whoever wrote members that go beyond this list: what it is, and what may have been meant.
  func remedy(for excess: [String]) -> String {
    if case .prefixes = self {
      for text in excess {
        let slashed = text + "/"
        if members.contains(where: { $0.utf8.elementsEqual(slashed.utf8) }) {
          return "; the slash at its end is missing: did you mean \(slashed)?"
        }
      }
    }
    let shown = members.prefix(8).joined(separator: ", ")
    return "; it allows \(shown)" + (members.count > 8 ? " and \(members.count - 8) more" : "")
  }

  /// As they are written.
  package var members: [String] {
    switch self {
    case .values(let values): values.map(\.description)
    case .globs(let globs): globs.map(\.text)
    case .prefixes(let prefixes): prefixes.map(\.text)
    }
  }

  private var list: String {
    members.count == 1 ? members[0] : "one of: " + members.joined(separator: ", ")
  }
}
