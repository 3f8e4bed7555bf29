internal import Conference
internal import Crypto
package import JSON
internal import Policy

/// What a configuration says of commands: the rules that hold for each team, and all limits. Not how the process runs, nor
/// which file says what: a comment or another number of workers leaves it as it is.
package struct EffectiveConfiguration: Sendable, Equatable {
  /// `{"limits": {NAME: {"per", "allow", "every", "burst", "for"}}, "teams": {NAME: {"policy", "limits", "keyless", "calls"}}}`,
  /// teams by name; `keyless` only where something is joined, `calls` and `for` only where they say more than the create alone.
  package let json: JSONValue
  /// The first 12 hex digits of SHA-256 over that text: under which rules a decision was made.
  package let revision: String

  package init(teams: [Team], limits: [LimitRule]) {
    var byName = JSONObject()
    for team in teams.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
      var members: JSONObject = ["policy": team.policy.json, "limits": Self.json(team.limits)]
      if let join = team.keylessJoin { members.append("keyless", .object(["join": .string(join.text)])) }
      if !team.calls.isCreateAlone { members.append("calls", Self.json(team.calls)) }
      byName.append(team.name, .object(members))
    }
    self.init(json: .object(["limits": Self.json(limits), "teams": .object(byName)]))
  }

  package init(json: JSONValue) {
    self.json = json
    revision = String(Digest.sha256(json.text).hex.prefix(12))
  }

  private static func json(_ limits: [LimitRule]) -> JSONValue {
    var byName = JSONObject()
    for limit in limits {
      var members: JSONObject = [
        "per": .string(limit.per.rawValue), "allow": .integer(Int64(limit.allow)), "every": .string(limit.every.text),
        "burst": .integer(Int64(limit.burst)),
      ]
      if limit.calls != .create { members.append("for", Self.json(limit.calls)) }
      byName.append(limit.name, .object(members))
    }
    return .object(byName)
  }

  private static func json(_ calls: CallRules) -> JSONValue {
    .object(["allow": json(calls.allowed), "scope": .string(calls.scope.rawValue)])
  }

  private static func json(_ calls: CallSet) -> JSONValue { .array(calls.calls.map { .string($0.name) }) }
}
