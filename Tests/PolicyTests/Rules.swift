import Conference
import JSON
import Pattern
import Policy

/// One field's rule, for tables of sentences.
func rule(_ name: String, _ set: (inout FieldRule) -> Void) -> FieldRule {
  var rule = FieldRule(field: Field(named: name)!)
  set(&rule)
  return rule
}

func layer(
  _ rules: [FieldRule], of origin: PolicyLayer.Origin = .organization,
  unknownFields: PolicyLayer.UnknownFields? = nil
) -> PolicyLayer {
  var layer = PolicyLayer(origin: origin)
  for rule in rules { layer[rule.field] = rule }
  layer.unknownFields = unknownFields
  return layer
}

func policy(
  _ organization: [FieldRule], team: [FieldRule]? = nil, unknownFields: PolicyLayer.UnknownFields? = nil
) throws -> EffectivePolicy {
  try EffectivePolicy.merging(
    organization: layer(organization, unknownFields: unknownFields), team: team.map { layer($0, of: .team("t")) })
}

func values(_ values: String...) -> Allowance { .values(values.map(FieldValue.string)) }
func globs(_ globs: String...) -> Allowance { .globs(globs.map(Glob.init)) }
func prefixes(_ prefixes: String...) -> Allowance { .prefixes(prefixes.map(prefix)) }

/// For texts that a test's author knows to be right.
func pattern(_ text: String) -> Pattern {
  guard let pattern = try? Pattern(text) else { preconditionFailure("no pattern: \(text)") }
  return pattern
}

func prefix(_ text: String) -> URLPrefix {
  guard let prefix = try? URLPrefix(text) else { preconditionFailure("no prefix: \(text)") }
  return prefix
}

/// An otherwise valid command with more members, given as JSON without its braces.
func command(_ members: String = "", name: String = "n") throws -> ConferenceCommand {
  let text = #"{"call_control_id":"v3:s3cret","name":"\#(name)"\#(members.isEmpty ? "" : "," + members)}"#
  return try ConferenceCommand.decode(Array(text.utf8))
}

/// What became of a command, in a line: `sent`, the changes as `field;kind=value`; or `refused` and the rules.
func outcome(_ policy: EffectivePolicy, _ command: ConferenceCommand) -> String {
  do {
    let decision = try policy.decide(command)
    let changes = decision.changes.map { change in
      " \(change.field.name);\(change.kind.rawValue)=\(change.effective?.description ?? "nil")"
    }
    return "sent" + changes.joined()
  } catch {
    return "refused" + error.faults.map { " \($0.rule ?? "?") \($0.pointer ?? "?")" }.joined(separator: ",")
  }
}
