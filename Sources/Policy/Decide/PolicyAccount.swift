package import Conference

/// What policy makes of a command and why, whether or not it allows it.
package struct PolicyAccount: Sendable {
  /// What it became.
  package let command: ConferenceCommand
  /// In the order of the field table, each with the rule that made it; what Telnyx will ignore is nobody's rule.
  package let changes: [(change: Decision.Change, rule: NamedRule?)]
  /// Empty where the command is allowed.
  package let faults: [Fault]
}

/// A word of a rule, as refusals and explanations name it.
package struct NamedRule: Sendable, Equatable {
  /// Such as `max_participants.max`, or `unknown_fields`.
  package let name: String
  package let owner: Fault.Owner

  package init(name: String, owner: Fault.Owner) {
    self.name = name
    self.owner = owner
  }
}

extension EffectivePolicy {
  /// - Parameter ordinal: which of the field's patterns; 0 for every other kind.
  func rule(_ field: Field, _ kind: RuleKind, _ ordinal: Int = 0) -> NamedRule {
    let origin = rules.first { $0.field == field }?.place(kind, ordinal).origin
    return NamedRule(name: "\(field.name).\(kind.rawValue)", owner: origin?.owner ?? .organization)
  }

  /// What holds where no file says anything is the organization's choice.
  var unknownFieldsRule: NamedRule {
    NamedRule(name: RuleKind.unknownFields.rawValue, owner: unknownFieldsOrigin?.owner ?? .organization)
  }

  func rule(behind change: Decision.Change) -> NamedRule? {
    switch change.kind {
    case .default: return rule(change.field, .default)
    case .forced: return rule(change.field, .force)
    case .clamped:
      // Where the caller gave nothing, it was what Telnyx assumes.
      let asked = (change.asked ?? change.field.specification.vendorDefault)?.integer ?? 0
      return rule(change.field, asked > change.effective?.integer ?? 0 ? .max : .min)
    case .noEffect: return nil
    }
  }
}

extension PolicyLayer.Origin {
  package var owner: Fault.Owner {
    switch self {
    case .organization: .organization
    case .team: .team
    }
  }
}
