internal import Conference

extension MergedRule {
  /// What in this rule can't hold together.
  func contradictions() -> [PolicyConflict] {
    var found: [PolicyConflict] = []
    if let min = rule.min, let max = rule.max, min > max {
      found.append(conflict(.min, .max, "min \(min) is above max \(max)"))
    }
    if rule.over != nil, rule.min == nil, rule.max == nil {
      found.append(
        PolicyConflict(
          place: place(.over), other: nil,
          message: "\(field.name).over: says what becomes of a number beyond min or"
            + " max, but there is neither"))
    }
    found += uselessness()
    found += legality(.default, rule.default)
    found += legality(.force, rule.force)
    if rule.forbid == true, let assumed = field.specification.vendorDefault {
      for violation in limits.violations(of: assumed) {
        found.append(
          conflict(
            .forbid, violation.kind,
            "every create would be refused: \(field.name) can't be given, and \(assumed), which Telnyx assumes then,"
              + " is not allowed"))
      }
    }
    if case .values(let values)? = rule.allow, case .integer = field.specification.kind {
      let reachable = values.contains { value in
        !limits.violations(of: value).contains { $0.kind == .min || $0.kind == .max }
      }
      if !reachable {
        found.append(conflict(.allow, rule.max != nil ? .max : .min, "no allowed value is within min and max"))
      }
    }
    return found
  }

  private var limits: FieldLimits { FieldLimits(rule) }

  /// Rules that leave another one without a use.
  private func uselessness() -> [PolicyConflict] {
    var found: [PolicyConflict] = []
    if rule.forbid == true {
      for kind in [RuleKind.force, .default] where rule.says(kind) {
        found.append(conflict(kind, .forbid, "the field is forbidden, so \(kind.rawValue) makes no sense"))
      }
      if rule.require == true { found.append(conflict(.require, .forbid, "the field can't be required and forbidden")) }
    }
    if rule.force != nil, rule.default != nil {
      found.append(conflict(.default, .force, "the field is forced, so a default never applies"))
    }
    return found
  }

  /// A value that policy itself sets must be one that it would let pass.
  private func legality(_ kind: RuleKind, _ value: FieldValue?) -> [PolicyConflict] {
    guard let value else { return [] }
    return limits.violations(of: value).map { violation in
      .between(
        place(kind), place(violation.kind, violation.ordinal),
        "\(field.name): the \(kind.rawValue) breaks \(violation.kind.rawValue): it \(violation.detail)")
    }
  }

  private func conflict(_ kind: RuleKind, _ other: RuleKind, _ message: String) -> PolicyConflict {
    .between(place(kind), place(other), "\(field.name): \(message)")
  }

  /// Where a word of this rule stands.
  func place(_ kind: RuleKind, _ ordinal: Int = 0) -> PolicyConflict.Place {
    let origins = origins[kind] ?? []
    let origin = origins.indices.contains(ordinal) ? origins[ordinal] : origins.last ?? .organization
    return PolicyConflict.Place(origin: origin, field: field, kind: kind)
  }
}

extension PolicyConflict {
  /// A conflict is told at the team's line where it has one: the team is who can mend it.
  static func between(_ place: Place, _ other: Place, _ message: String) -> PolicyConflict {
    place.origin == .organization && other.origin != .organization
      ? PolicyConflict(place: other, other: place, message: message)
      : PolicyConflict(place: place, other: other, message: message)
  }
}
