internal import Conference
internal import Gateway
package import Policy

/// Where each rule and limit of a configuration stands, for whoever explains what they do.
package struct RulePlaces: Sendable {
  private struct Key: Hashable {
    /// nil = the organization's.
    let team: String?
    let rule: String
  }

  private var places: [Key: String] = [:]

  init(_ gateway: GatewayFile, teams: [TeamFile]) {
    add(gateway.policy, gateway.limits, gateway.calls, of: nil, gateway.reader)
    for team in teams { add(team.policy, team.limits, team.calls, of: team.name, team.reader) }
  }

  private mutating func add(
    _ policy: ReadPolicy, _ limits: [ReadLimit], _ calls: ReadCalls?, of team: String?, _ reader: FileReader
  ) {
    for (rule, position) in policy.places { places[Key(team: team, rule: rule)] = reader.place(position) }
    for limit in limits { places[Key(team: team, rule: limit.rule.refusalName)] = reader.place(limit.position) }
    if let allow = calls?.allow { places[Key(team: team, rule: CallRules.allowRule)] = reader.place(allow.position) }
  }

  /// `FILE:LINE:COLUMN`; nil for what no file says.
  ///
  /// - Parameter team: whose rule it is where it is no rule of the organization's.
  package func place(of rule: NamedRule, team: String) -> String? {
    switch rule.owner {
    case .organization: places[Key(team: nil, rule: rule.name)]
    case .team: places[Key(team: team, rule: rule.name)]
    }
  }
}
