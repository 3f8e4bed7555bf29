internal import Conference

extension EffectivePolicy {
  /// The rules of a team within those of its organization; of the organization alone where there is no team.
  ///
  /// A team may only tighten. Where a rule of its own would loosen one, where two rules can't hold together, or where
  /// one contradicts itself, nothing is merged.
  ///
  /// - Throws: every conflict there is, those within the organization's own rules included.
  package static func merging(
    organization: PolicyLayer, team: PolicyLayer?
  ) throws(PolicyConflicts) -> EffectivePolicy {
    var conflicts: [PolicyConflict] = []
    var rules: [MergedRule] = []
    for field in Field.all where organization[field] != nil || team?[field] != nil {
      var merge = RuleMerge(
        field: field, organization: organization[field], team: team?[field],
        teamOrigin: team?.origin ?? organization.origin)
      let merged = merge.merged()
      conflicts += merge.conflicts
      conflicts += merged.contradictions()
      rules.append(merged)
    }
    conflicts += exclusions(rules)

    if organization.unknownFields == .reject, team?.unknownFields == .forward, let team {
      conflicts.append(
        PolicyConflict(
          place: .init(origin: team.origin, field: nil, kind: .unknownFields),
          other: .init(origin: organization.origin, field: nil, kind: .unknownFields),
          message: "unknown_fields: the organization rejects them, a team can't forward them"))
    }
    guard conflicts.isEmpty else { throw PolicyConflicts(conflicts: conflicts) }

    let unknown: (value: PolicyLayer.UnknownFields?, origin: PolicyLayer.Origin?) =
      if let value = team?.unknownFields { (value, team?.origin) } else {
        (organization.unknownFields, organization.unknownFields == nil ? nil : organization.origin)
      }
    return EffectivePolicy(
      rules: rules, unknownFields: unknown.value ?? .forward, unknownFieldsOrigin: unknown.origin)
  }

  /// Rules that would make two fields stand side by side that must not.
  private static func exclusions(_ rules: [MergedRule]) -> [PolicyConflict] {
    var conflicts: [PolicyConflict] = []
    for first in rules {
      guard let other = first.field.excluded, first.field.index < other.index,
        let second = rules.first(where: { $0.field == other })
      else { continue }
      for kind in [first.demand, first.supply] {
        guard let kind, let counterpart = kind == .default ? second.supply : second.demand else { continue }
        conflicts.append(
          .between(
            second.place(counterpart), first.place(kind),
            "\(first.field.name) and \(second.field.name) exclude each other:"
              + " \(kind.rawValue) and \(counterpart.rawValue) can't both hold"))
      }
    }
    return conflicts
  }
}

extension MergedRule {
  /// The rule by which this field must stand in every create.
  fileprivate var demand: RuleKind? {
    rule.force != nil ? .force : rule.require == true ? .require : nil
  }

  /// The rule by which this field would stand where nobody gives it.
  fileprivate var supply: RuleKind? { rule.default != nil ? .default : nil }
}
