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

  package var forwardsUnknownFields: Bool { unknownFields == .forward }

  /// No rules: every valid command is legal as it is.
  package convenience init() { self.init(rules: [], unknownFields: .forward, unknownFieldsOrigin: nil) }

  init(
    rules: [MergedRule], unknownFields: PolicyLayer.UnknownFields, unknownFieldsOrigin: PolicyLayer.Origin?
  ) {
    self.rules = rules
    self.unknownFields = unknownFields
    self.unknownFieldsOrigin = unknownFieldsOrigin
    var forcing: [FieldSetting] = []
    var filling: [FieldSetting] = []
    var forbidding: [Field] = []
    var requiring: [Field] = []
    var limiting: [FieldLimits] = []
    for rule in rules.map(\.rule) {
      var isLimited = false
      for kind in rule.kinds {
        switch kind {
        case .force: if let value = rule.force { forcing.append(FieldSetting(field: rule.field, value: value)) }
        case .default: if let value = rule.default { filling.append(FieldSetting(field: rule.field, value: value)) }
        case .forbid: if rule.forbid == true { forbidding.append(rule.field) }
        case .require: if rule.require == true { requiring.append(rule.field) }
        case .min, .max, .allow, .pattern, .maxLength: isLimited = true
        case .over, .unknownFields: break  // A word about limits, and one about the command.
        }
      }
      if isLimited { limiting.append(FieldLimits(rule)) }
    }
    self.forcing = forcing
    self.filling = filling
    self.forbidding = forbidding
    self.requiring = requiring
    self.limiting = limiting
  }
}

/// One field's rule after the merge, and which file each word of it is from.
struct MergedRule: Sendable {
  var rule: FieldRule
  /// More than one only for patterns, in the patterns' order.
  var origins: [RuleKind: [PolicyLayer.Origin]]

  var field: Field { rule.field }
}
