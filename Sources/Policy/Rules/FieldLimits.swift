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
  private let min, max: Int64?
  private let clamps: Bool
  private let allow: Allowance?
  private let patterns: [Pattern]
  private let maxLength: Int?

  init(_ rule: FieldRule) {
    field = rule.field
    min = rule.min
    max = rule.max
    clamps = rule.over == .clamp
    allow = rule.allow
    patterns = rule.patterns
    maxLength = rule.maxLength
  }

  /// Whether there is a value that they would not let pass.
  var limitAnything: Bool { min != nil || max != nil || allow != nil || !patterns.isEmpty || maxLength != nil }

  /// Every limit that the value breaks: min, max, allow, pattern, max_length, in this order. Empty = the value is legal.
  func violations(of value: FieldValue) -> [Violation] {
    var violations: [Violation] = []
    if let integer = value.integer {
      if let min, integer < min {
        violations.append(Violation(kind: .min, detail: "must be at least \(min), is \(integer)"))
      }
      if let max, integer > max {
        violations.append(Violation(kind: .max, detail: "must be at most \(max), is \(integer)"))
      }
    }
    if let reason = allow?.objection(to: value) { violations.append(Violation(kind: .allow, detail: reason)) }
    if let string = value.string {
      // Too costly a search is no match: what can't be judged is refused.
      for (ordinal, pattern) in patterns.enumerated() where pattern.search(string) != .found {
        violations.append(
          Violation(kind: .pattern, ordinal: ordinal, detail: "must match the pattern \(pattern.text)"))
      }
      if let maxLength, string.utf8.count > maxLength {
        violations.append(
          Violation(
            kind: .maxLength, detail: "must be at most \(maxLength) bytes long, is \(string.utf8.count)"))
      }
    }
    return violations
  }

  /// The nearest number within min and max, or nil where the value stays as it is.
  func clamped(_ value: FieldValue) -> FieldValue? {
    guard clamps, let integer = value.integer else { return nil }
    if let max, integer > max { return .integer(max) }
    if let min, integer < min { return .integer(min) }
    return nil
  }
}
