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

  // The same by the steps of `decide`: most rules have nothing to say at most steps.
  let forcing, filling: [FieldSetting]
  let forbidding, requiring: [Field]
  let limiting: [FieldLimits]

  /// No rules: every valid command is legal as it is.
  package convenience init() { self.init(rules: [], unknownFields: .forward, unknownFieldsOrigin: nil) }

  init(
    rules: [MergedRule], unknownFields: PolicyLayer.UnknownFields, unknownFieldsOrigin: PolicyLayer.Origin?
  ) {
    self.rules = rules
    self.unknownFields = unknownFields
    self.unknownFieldsOrigin = unknownFieldsOrigin
    let rules = rules.map(\.rule)
    forcing = rules.compactMap { rule in rule.force.map { FieldSetting(field: rule.field, value: $0) } }
    filling = rules.compactMap { rule in rule.default.map { FieldSetting(field: rule.field, value: $0) } }
    forbidding = rules.filter { $0.forbid == true }.map(\.field)
    requiring = rules.filter { $0.require == true }.map(\.field)
    limiting = rules.map(FieldLimits.init).filter(\.limitAnything)
  }
}

/// One field's rule after the merge, and which file each word of it is from.
struct MergedRule: Sendable {
  var rule: FieldRule
  /// More than one only for patterns, in the patterns' order.
  var origins: [RuleKind: [PolicyLayer.Origin]]

  var field: Field { rule.field }
}
