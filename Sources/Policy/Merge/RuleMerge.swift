internal import Conference

/// One field's rules of both layers on their way to one.
///
/// What loosens is a conflict and is left out, so that one mistake is told once.
struct RuleMerge {
  private let organization: FieldRule
  private let team: FieldRule
  private let teamOrigin: PolicyLayer.Origin
  private var result: MergedRule
  private(set) var conflicts: [PolicyConflict] = []

  init(field: Field, organization: FieldRule?, team: FieldRule?, teamOrigin: PolicyLayer.Origin) {
    self.organization = organization ?? FieldRule(field: field)
    self.team = team ?? FieldRule(field: field)
    self.teamOrigin = teamOrigin
    result = MergedRule(rule: self.organization, origins: [:])
    for kind in self.organization.kinds {
      let count = kind == .pattern ? self.organization.patterns.count : 1
      result.origins[kind] = Array(repeating: .organization, count: count)
    }
  }

  mutating func merged() -> MergedRule {
    for kind in RuleKind.allCases { merge(kind) }
    return result
  }

  /// No `default`: a kind that nobody thought of here does not build, instead of being dropped from every team's rules.
  private mutating func merge(_ kind: RuleKind) {
    switch kind {
    case .force: mergeForce()
    case .forbid: mergeForbid()
    case .default: mergeDefault()
    case .require: mergeRequire()
    case .min: mergeMin()
    case .max: mergeMax()
    case .over: mergeOver()
    case .allow: mergeAllow()
    case .pattern: mergePatterns()
    case .maxLength: mergeMaxLength()
    case .unknownFields: break  // Of the layer, not of a field's rule.
    }
  }

  private mutating func mergeMin() {
    guard let min = team.min else { return }
    if let wider = organization.min, min < wider {
      loosens(.min, .min, "\(min) is below the organization's \(wider)")
    } else {
      set(.min) { $0.min = min }
    }
  }

  private mutating func mergeMax() {
    guard let max = team.max else { return }
    if let wider = organization.max, max > wider {
      loosens(.max, .max, "\(max) is above the organization's \(wider)")
    } else {
      set(.max) { $0.max = max }
    }
  }

  private mutating func mergeOver() {
    guard let over = team.over else { return }
    // Where the organization sets a limit and says no more, it rejects.
    let rejecting: RuleKind? =
      switch organization.over {
      case .reject: .over
      case .clamp: nil
      case nil: organization.max != nil ? .max : organization.min != nil ? .min : nil
      }
    if over == .clamp, let rejecting {
      loosens(.over, rejecting, "clamp would let pass what the organization rejects")
    } else {
      set(.over) { $0.over = over }
    }
  }

  private mutating func mergeAllow() {
    guard let allow = team.allow else { return }
    let excess = organization.allow.map { allow.excess(over: $0) } ?? []
    if excess.isEmpty {
      set(.allow) { $0.allow = allow }
    } else {
      let remedy = organization.allow?.remedy(for: excess) ?? ""
      loosens(.allow, .allow, "not allowed by the organization: \(excess.joined(separator: ", "))\(remedy)")
    }
  }

  /// All of both: a text must match each.
  private mutating func mergePatterns() {
    for pattern in team.patterns {
      result.rule.patterns.append(pattern)
      result.origins[.pattern, default: []].append(teamOrigin)
    }
  }

  private mutating func mergeMaxLength() {
    guard let maxLength = team.maxLength else { return }
    if let wider = organization.maxLength, maxLength > wider {
      loosens(.maxLength, .maxLength, "\(maxLength) is above the organization's \(wider)")
    } else {
      set(.maxLength) { $0.maxLength = maxLength }
    }
  }

  private mutating func mergeForce() {
    guard let force = team.force else { return }
    if let forced = organization.force, forced != force {
      loosens(.force, .force, "the organization forces another value")
    } else if organization.forbid == true {
      loosens(.force, .forbid, "the organization forbids the field")
    } else {
      set(.force) { $0.force = force }
    }
  }

  private mutating func mergeRequire() {
    switch team.require {
    case false? where organization.require == true:
      loosens(.require, .require, "the organization requires the field")
    case true? where organization.forbid == true:
      loosens(.require, .forbid, "the organization forbids the field")
    case let require?: set(.require) { $0.require = require }
    case nil: break
    }
  }

  private mutating func mergeForbid() {
    switch team.forbid {
    case false? where organization.forbid == true:
      loosens(.forbid, .forbid, "the organization forbids the field")
    case true? where organization.force != nil:
      loosens(.forbid, .force, "the organization forces the field")
    case true? where organization.require == true:
      loosens(.forbid, .require, "the organization requires the field")
    case let forbid?: set(.forbid) { $0.forbid = forbid }
    case nil: break
    }
  }

  private mutating func mergeDefault() {
    if let value = team.default {
      if organization.force != nil {
        loosens(.default, .force, "the organization forces the field, so a default never applies")
      } else if organization.forbid == true {
        loosens(.default, .forbid, "the organization forbids the field")
      } else {
        set(.default) { $0.default = value }
      }
    } else if team.force != nil || team.forbid == true {
      // The team's stronger word leaves the organization's default without a use.
      result.rule.default = nil
      result.origins[.default] = nil
    }
  }

  private mutating func set(_ kind: RuleKind, _ change: (inout FieldRule) -> Void) {
    change(&result.rule)
    result.origins[kind] = [teamOrigin]
  }

  private mutating func loosens(_ kind: RuleKind, _ other: RuleKind, _ reason: String) {
    let field = result.field
    conflicts.append(
      PolicyConflict(
        place: .init(origin: teamOrigin, field: field, kind: kind),
        other: .init(origin: .organization, field: field, kind: other),
        message: "\(field.name).\(kind.rawValue): \(reason)"))
  }
}
