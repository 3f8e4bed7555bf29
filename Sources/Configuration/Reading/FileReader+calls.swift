internal import Conference
internal import Policy

extension FileReader {
  static let callsKeys = ["allow", "scope"]
  /// What a call may be named by: its own name, or that of a group.
  static let callNames = ConferenceCall.allCases.map(\.name) + ConferenceCall.Group.allCases.map(\.rawValue)

  /// `calls: {allow: [read, join], scope: own}`: which other calls may be made than the create, and about whose conferences.
  func calls(_ root: Section) -> ReadCalls? {
    guard let section = root.section("calls", known: Self.callsKeys), let value = root["calls"] else { return nil }
    if case .mapping(let members) = value.content, members.isEmpty {
      report(value, "calls must have allow, scope or both")
    }
    var calls = ReadCalls()
    if let value = section["allow"] {
      calls.allow = (callNames(value, section.named("allow"), mayBeEmpty: true), value.position)
    }
    if let value = section["scope"], let scope = choice(value, section.named("scope"), CallRules.Scope.self) {
      calls.scope = (scope, value.position)
    }
    return calls
  }

  /// `for: [create, join]`, or `for: all`.
  ///
  /// - Returns: what it counts, and by which names; nil where they can't be read.
  func limitedCalls(_ value: YAMLValue) -> (calls: CallSet, names: [NamedCalls])? {
    guard case .string = value.content else {
      let names = callNames(value, "limits.for")
      return names.isEmpty ? nil : (CallSet(names.flatMap(\.calls)), names)
    }
    guard value.text == "all" else {
      let hint = Self.callNames.contains(value.text) ? "; put it into brackets: [\(value.text)]" : ""
      report(value, "limits.for must be a list of calls, or all; is \(value.text.quoted)\(hint)")
      return nil
    }
    return (.all, [])
  }

  private func callNames(_ value: YAMLValue, _ name: String, mayBeEmpty: Bool = false) -> [NamedCalls] {
    // Nothing but the create is a fair choice.
    if mayBeEmpty, case .sequence(let elements) = value.content, elements.isEmpty { return [] }
    var names: [NamedCalls] = []
    for element in list(value, name) {
      guard let word = text(element, name) else { continue }
      guard let calls = Self.calls(named: word) else {
        let groups = ConferenceCall.Group.allCases.map(\.rawValue).joined(separator: ", ")
        let hint = Self.callNames.suggestion(for: word)
        report(element, "\(name): \(word.quoted) is neither a call nor a group of them (\(groups))\(hint)")
        continue
      }
      if let first = names.first(where: { $0.name == word }) {
        report(element, "\(name): \(word) stands here twice (\(place(first.position)))")
      }
      names.append(NamedCalls(name: word, calls: calls, position: element.position))
    }
    return names
  }

  private static func calls(named word: String) -> [ConferenceCall]? {
    ConferenceCall(rawValue: word).map { [$0] } ?? ConferenceCall.Group(rawValue: word)?.calls
  }
}

/// What one file says of other calls than the create, and where.
struct ReadCalls {
  var allow: (names: [NamedCalls], position: Position)?
  var scope: (scope: CallRules.Scope, position: Position)?

  /// nil = it doesn't say.
  var allowed: CallSet? { allow.map { CallSet([.create] + $0.names.flatMap(\.calls)) } }
}

/// A call, or a group of them, as a file names it.
struct NamedCalls {
  let name: String
  let calls: [ConferenceCall]
  let position: Position
}
