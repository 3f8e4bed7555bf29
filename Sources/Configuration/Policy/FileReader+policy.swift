internal import Conference
internal import Pattern
internal import Policy

extension FileReader {
  /// The names that may stand under `policy`.
  static let policyKeys = Field.all.map(\.name) + [RuleKind.unknownFields.rawValue]
  /// The words that a field's rule may have.
  static let ruleKeys = RuleKind.allCases.map(\.rawValue).filter { $0 != RuleKind.unknownFields.rawValue }

  func policy(_ value: YAMLValue, origin: PolicyLayer.Origin) -> ReadPolicy {
    var policy = ReadPolicy(origin: origin, file: file)
    guard let section = section(value, "policy", known: Self.policyKeys) else { return policy }
    for member in section.members {
      if let field = Field(named: member.key) {
        rule(member, field, into: &policy)
      } else {
        policy.layer.unknownFields = choice(
          member.value, section.named(member.key), PolicyLayer.UnknownFields.self)
        policy.note(nil, .unknownFields, at: member.position)
      }
    }
    return policy
  }

  private func rule(_ member: YAMLMember, _ field: Field, into policy: inout ReadPolicy) {
    guard
      let section = section(
        member.value, "policy.\(field.name)", known: Self.ruleKeys,
        fitting: RuleKind.sensible(for: field).map(\.rawValue))
    else { return }
    if case .mapping(let members) = member.value.content, members.isEmpty {
      report(member.value, "policy.\(field.name) has no rule")
    }
    var rule = FieldRule(field: field)
    for word in section.members {
      guard let kind = RuleKind(rawValue: word.key) else { continue }
      if let objection = kind.objection(for: field) {
        report(word.position, "policy.\(field.name).\(word.key): \(objection)")
        continue
      }
      policy.note(field, kind, at: word.position)
      read(word.value, section.named(word.key), kind, into: &rule)
    }
    policy.layer[field] = rule
  }

  private func read(_ value: YAMLValue, _ name: String, _ kind: RuleKind, into rule: inout FieldRule) {
    switch kind {
    case .force: rule.force = fieldValue(value, name, rule.field)
    case .default: rule.default = fieldValue(value, name, rule.field)
    case .forbid: rule.forbid = boolean(value, name)
    case .require: rule.require = boolean(value, name)
    case .min: rule.min = fieldValue(value, name, rule.field)?.integer
    case .max: rule.max = fieldValue(value, name, rule.field)?.integer
    case .over: rule.over = choice(value, name, FieldRule.Over.self)
    case .allow: rule.allow = allowance(value, name, rule.field)
    case .pattern:
      guard let text = text(value, name) else { return }
      do {
        rule.patterns = [try Pattern(text)]
      } catch {
        report(value, "\(name) is no regular expression: \(error.message) (byte \(error.offset))")
      }
    case .maxLength: rule.maxLength = integer(value, name, in: 1...rule.field.specification.kind.longest)
    case .unknownFields: break
    }
  }
}

extension FieldSpecification.Kind {
  /// Bytes. Base64 has no limit of its own but the body's.
  var longest: Int {
    if case .string(let length) = self { length.upperBound } else { FileReader.bodySizes.upperBound }
  }
}
