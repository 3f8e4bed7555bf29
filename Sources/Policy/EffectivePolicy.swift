internal import Conference

/// The rules that hold for one team: the organization's, tightened by the team's.
///
/// Made by `merging`, which lets nothing pass that could not hold; so `decide` never meets a rule that contradicts another.
///
/// A class: each request asks for it, and it is never changed.
package final class EffectivePolicy: Sendable {
  /// In the field table's order; only fields that some rule speaks of.
  let rules: [MergedRule]
  let unknownFields: PolicyLayer.UnknownFields
  let unknownFieldsOrigin: PolicyLayer.Origin?

  // The same rules by the steps of `decide`: most rules have nothing to say at most steps.
  let forcing, forbidding, filling, requiring, limiting: [FieldRule]

  /// No rules: every valid command is legal as it is.
  package convenience init() { self.init(rules: [], unknownFields: .forward, unknownFieldsOrigin: nil) }

  init(
    rules: [MergedRule], unknownFields: PolicyLayer.UnknownFields, unknownFieldsOrigin: PolicyLayer.Origin?
  ) {
    self.rules = rules
    self.unknownFields = unknownFields
    self.unknownFieldsOrigin = unknownFieldsOrigin
    let rules = rules.map(\.rule)
    forcing = rules.filter { $0.force != nil }
    forbidding = rules.filter { $0.forbid == true }
    filling = rules.filter { $0.default != nil }
    requiring = rules.filter { $0.require == true }
    limiting = rules.filter(\.limits)
  }
}

/// One field's rule after the merge, and which file each word of it is from.
struct MergedRule: Sendable {
  var rule: FieldRule
  /// More than one only for patterns, in the patterns' order.
  var origins: [RuleKind: [PolicyLayer.Origin]]

  var field: Field { rule.field }
}
