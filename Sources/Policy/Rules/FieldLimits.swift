internal import Conference
internal import Pattern

/// What a rule says of the values that a field may have.
///
/// A class: each request goes through all of them, and a value would be copied for it, with all that hangs on it.
final class FieldLimits: Sendable {
  /// One limit that a value breaks.
  struct Violation: Equatable {
    let kind: RuleKind
    /// Which of the rule's patterns; 0 for every other kind.
    var ordinal = 0
    /// What would be allowed; follows the field's name. Holds no text of the caller's.
    let detail: String
  }

  let field: Field
  private let rule: FieldRule
  /// What the rule speaks of, in the order in which what breaks it is told.
  private let kinds: [RuleKind]

  init(_ rule: FieldRule) {
    field = rule.field
    self.rule = rule
    kinds = rule.kinds
  }

  /// Every limit that the value breaks, in the order of `RuleKind`. Empty = the value is legal.
  func violations(of value: FieldValue) -> [Violation] {
    var violations: [Violation] = []
    for kind in kinds { judge(value, by: kind, &violations) }
    return violations
  }

  /// No `default`: a kind of limit that nobody thought of here does not build.
  private func judge(_ value: FieldValue, by kind: RuleKind, _ violations: inout [Violation]) {
    switch kind {
    case .min:
      if let min = rule.min, let integer = value.integer, integer < min {
        violations.append(Violation(kind: kind, detail: "must be at least \(min), is \(integer)"))
      }
    case .max:
      if let max = rule.max, let integer = value.integer, integer > max {
        violations.append(Violation(kind: kind, detail: "must be at most \(max), is \(integer)"))
      }
    case .allow:
      if let reason = rule.allow?.objection(to: value) { violations.append(Violation(kind: kind, detail: reason)) }
    case .pattern:
      guard let string = value.string else { return }
      // Too costly a search is no match: what can't be judged is refused.
      for (ordinal, pattern) in rule.patterns.enumerated() where pattern.search(string) != .found {
        violations.append(Violation(kind: kind, ordinal: ordinal, detail: "must match the pattern \(pattern.text)"))
      }
    case .maxLength:
      if let maxLength = rule.maxLength, let string = value.string, string.utf8.count > maxLength {
        violations.append(
          Violation(kind: kind, detail: "must be at most \(maxLength) bytes long, is \(string.utf8.count)"))
      }
    case .force, .forbid, .default, .require, .over, .unknownFields:
      break  // No limits; other steps of `decide` apply them.
    }
  }

  /// The nearest number within min and max, or nil where the value stays as it is.
  func clamped(_ value: FieldValue) -> FieldValue? {
    guard rule.over == .clamp, let integer = value.integer else { return nil }
    if let max = rule.max, integer > max { return .integer(max) }
    if let min = rule.min, integer < min { return .integer(min) }
    return nil
  }
}
