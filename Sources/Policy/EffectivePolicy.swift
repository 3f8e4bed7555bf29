internal import Conference

/// The rules that hold for one team: the organization's, tightened by the team's.
///
/// Made by `merging`, which lets nothing pass that could not hold; so `decide` never meets a rule that contradicts another.
package struct EffectivePolicy: Sendable {
  /// In the field table's order; only fields that some rule speaks of.
  let rules: [MergedRule]
  let unknownFields: PolicyLayer.UnknownFields
  let unknownFieldsOrigin: PolicyLayer.Origin?

  /// No rules: every valid command is legal as it is.
  package init() { self.init(rules: [], unknownFields: .forward, unknownFieldsOrigin: nil) }

  init(
    rules: [MergedRule], unknownFields: PolicyLayer.UnknownFields, unknownFieldsOrigin: PolicyLayer.Origin?
  ) {
    self.rules = rules
    self.unknownFields = unknownFields
    self.unknownFieldsOrigin = unknownFieldsOrigin
  }
}

/// One field's rule after the merge, and which file each word of it is from.
struct MergedRule: Sendable {
  var rule: FieldRule
  /// More than one only for patterns, in the patterns' order.
  var origins: [RuleKind: [PolicyLayer.Origin]]

  var field: Field { rule.field }
}
