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
    mergeLimits()
    mergeTexts()
    mergeForce()
    mergeRequireAndForbid()
    mergeDefault()
    return result
  }

  private mutating func mergeLimits() {
    if let max = team.max {
      if let wider = organization.max, max > wider {
        loosens(.max, .max, "\(max) is above the organization's \(wider)")
      } else {
        set(.max) { $0.max = max }
      }
    }
    if let min = team.min {
      if let wider = organization.min, min < wider {
        loosens(.min, .min, "\(min) is below the organization's \(wider)")
      } else {
        set(.min) { $0.min = min }
      }
    }
    if let over = team.over {
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
  }

  private mutating func mergeTexts() {
    if let allow = team.allow {
      let excess = organization.allow.map { allow.excess(over: $0) } ?? []
      if excess.isEmpty {
        set(.allow) { $0.allow = allow }
      } else {
        loosens(.allow, .allow, "not allowed by the organization: \(excess.joined(separator: ", "))")
      }
    }
    for pattern in team.patterns {
      result.rule.patterns.append(pattern)
      result.origins[.pattern, default: []].append(teamOrigin)
    }
    if let maxLength = team.maxLength {
      if let wider = organization.maxLength, maxLength > wider {
        loosens(.maxLength, .maxLength, "\(maxLength) is above the organization's \(wider)")
      } else {
        set(.maxLength) { $0.maxLength = maxLength }
      }
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

  private mutating func mergeRequireAndForbid() {
    switch team.require {
    case false? where organization.require == true:
      loosens(.require, .require, "the organization requires the field")
    case true? where organization.forbid == true:
      loosens(.require, .forbid, "the organization forbids the field")
    case let require?: set(.require) { $0.require = require }
    case nil: break
    }
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
