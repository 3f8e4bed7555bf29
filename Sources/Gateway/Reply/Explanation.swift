package import Conference
internal import JSON
package import Policy

/// What becomes of a command under a team's rules, and why: what `POST /conferences:explain` and `convene explain` tell. Nothing
/// is sent, stored or counted.
package struct Explanation: Sendable {
  /// One field of the table.
  package struct Line: Sendable {
    package let field: Field
    package let asked: FieldValue?
    /// What is sent, or would be but for what is refused; nil = nothing.
    package let effective: FieldValue?
    /// What was done, as `Decision.Change.Kind` says it; `refused`; `generated` for a key that the gateway makes.
    package let changes: [String]
    /// The rules that did it.
    package let rules: [NamedRule]
  }

  package let team: String
  /// Every field of the table, in its order; empty where the body is no command.
  package let lines: [Line]
  /// Names of members that no row of the table names, the first few.
  package let unknown: [String]
  package let unknownOmitted: Int
  package let isUnknownForwarded: Bool
  /// What it would count against; nothing where it is refused.
  package let limits: [LimitRule]
  /// It has no key: an equal one of the caller's within this time it would be; nil = it would be one of its own.
  package let keylessJoin: Duration?
  package let refusal: Refusal?

  /// - Parameter limits: the organization's.
  package init(of command: ConferenceCommand, team: Team, limits: [LimitRule]) {
    let account = team.policy.account(of: command)
    self.team = team.name
    lines = Field.all.map { Line($0, asked: command[$0], account) }
    unknown = command.unknown.prefix(Fault.mostUnknown).map(\.key)
    unknownOmitted = command.unknown.count - unknown.count
    isUnknownForwarded = team.policy.forwardsUnknownFields
    refusal = account.faults.isEmpty ? nil : .policy(account.faults)
    self.limits = account.faults.isEmpty ? (limits + team.limits).filter { $0.calls.contains(.create) } : []
    keylessJoin = account.faults.isEmpty && !command.has(.commandID) ? team.keylessJoin : nil
  }

  /// The same of a body, as a caller would send it.
  package init(of body: [UInt8], team: Team, limits: [LimitRule]) {
    do throws(Refusal) {
      self.init(of: try ConferenceCommand.decode(body), team: team, limits: limits)
    } catch {
      self.init(refused: error, team: team)
    }
  }

  /// What is refused before any rule is asked.
  package init(refused refusal: Refusal, team: Team) {
    self.team = team.name
    (lines, unknown, unknownOmitted, limits, keylessJoin) = ([], [], 0, [], nil)
    isUnknownForwarded = team.policy.forwardsUnknownFields
    self.refusal = refusal
  }
}

extension Explanation.Line {
  fileprivate init(_ field: Field, asked: FieldValue?, _ account: PolicyAccount) {
    self.field = field
    self.asked = asked
    let done = account.changes.filter { $0.change.field == field }
    let faults = account.faults.filter { $0.pointer?.utf8.elementsEqual(field.pointer.utf8) == true }
    effective = account.command[field]
    var changes = done.map(\.change.kind.rawValue)
    if !faults.isEmpty { changes.append("refused") }
    if field == .commandID, effective == nil, faults.isEmpty { changes.append("generated") }
    self.changes = changes
    rules =
      done.compactMap(\.rule)
      + faults.compactMap { fault in
        guard let rule = fault.rule, let owner = fault.owner else { return nil }
        return NamedRule(name: rule, owner: owner)
      }
  }
}
