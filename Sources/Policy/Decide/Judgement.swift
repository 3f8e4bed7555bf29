internal import Conference
internal import JSON

/// A command on its way through the rules: what it has become, what was changed, and what is wrong with it.
struct Judgement {
  /// Whose rules they are.
  private let policy: EffectivePolicy
  /// As the caller gave it.
  private let asked: ConferenceCommand
  private var command: ConferenceCommand
  private var changes: [Decision.Change] = []
  private var faults: [Fault] = []

  init(_ command: ConferenceCommand, by policy: EffectivePolicy) {
    self.policy = policy
    asked = command
    self.command = command
  }

  mutating func force(_ setting: FieldSetting) {
    let field = setting.field
    if let other = field.excluded, asked.has(other) {
      // Told of the field that the caller can take back.
      faults.append(
        Fault(.forbidden, "\(other.name) must not be given: policy sets \(field.name)", pointer: other.pointer)
          .under(policy.rule(field, .force)))
    }
    guard command[field] != setting.value else { return }
    change(field, .forced, to: setting.value)
  }

  mutating func forbid(_ field: Field) {
    guard command.has(field) else { return }
    refuse(field, .forbid, "must not be given")
    // Its other rules have nothing to add, and no sibling's default should wait for it.
    command[field] = nil
  }

  mutating func fill(_ setting: FieldSetting) {
    let field = setting.field
    guard !command.has(field) else { return }
    if let other = field.excluded, command.has(other) { return }
    change(field, .default, to: setting.value)
  }

  mutating func require(_ field: Field) {
    guard !command.has(field) else { return }
    refuse(field, .require, "is required")
  }

  mutating func limit(_ limits: FieldLimits) {
    let field = limits.field
    guard let value = command.effective(field) else { return }
    let nearest = limits.clamped(value)
    if let nearest { change(field, .clamped, to: nearest) }
    for violation in limits.violations(of: nearest ?? value) {
      let assumed = command.has(field) ? "" : " (Telnyx assumes \(value) where it is not given)"
      refuse(field, violation.kind, violation.detail + assumed, ordinal: violation.ordinal)
    }
  }

  mutating func rejectUnknown() {
    let rule = policy.unknownFieldsRule
    for member in command.unknown.prefix(Fault.mostUnknown) {
      faults.append(
        Fault(
          .forbidden, "is a field that Convene doesn't know; policy allows known fields only",
          pointer: Fault.pointer(to: member.key)
        ).under(rule))
    }
    let rest = command.unknown.count - Fault.mostUnknown
    if rest > 0 {
      faults.append(Fault(.forbidden, "\(rest) more fields are unknown as well").under(rule))
    }
  }

  mutating func warn() {
    for (field, other, expected) in Field.conditional {
      guard let value = command[field], command.effective(other) != expected else { continue }
      note(Decision.Change(field: field, kind: .noEffect, asked: asked[field], effective: value))
    }
  }

  consuming func decision() throws(Refusal) -> Decision {
    guard faults.isEmpty else { throw .policy(faults) }
    return Decision(command: command, changes: changes)
  }

  /// The same for whoever wants to know all of it, also of a command that is refused.
  consuming func account() -> PolicyAccount {
    PolicyAccount(command: command, changes: changes.map { ($0, policy.rule(behind: $0)) }, faults: faults)
  }

  private mutating func change(_ field: Field, _ kind: Decision.Change.Kind, to value: FieldValue) {
    command[field] = value
    note(Decision.Change(field: field, kind: kind, asked: asked[field], effective: value))
  }

  /// In the table's order; of one field, what comes later is told later.
  private mutating func note(_ change: Decision.Change) {
    if changes.isEmpty { changes.reserveCapacity(2) }
    // Nearly always the last: the steps go through the table in its order, too.
    guard let last = changes.last, last.field.index > change.field.index else { return changes.append(change) }
    let place = changes.lastIndex { $0.field.index <= change.field.index }
    changes.insert(change, at: place.map { $0 + 1 } ?? 0)
  }

  private mutating func refuse(_ field: Field, _ kind: RuleKind, _ detail: String, ordinal: Int = 0) {
    faults.append(Fault(.forbidden, detail).at(field).under(policy.rule(field, kind, ordinal)))
  }
}

extension Fault {
  func under(_ rule: NamedRule) -> Fault {
    var fault = self
    (fault.rule, fault.owner) = (rule.name, rule.owner)
    return fault
  }
}
