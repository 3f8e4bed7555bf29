package import Conference
package import Pattern

/// What policy says of one field. Everything that is nil or empty leaves the field as Telnyx has it.
package struct FieldRule: Sendable {
  /// What becomes of a number beyond `min` or `max`.
  package enum Over: String, Sendable, CaseIterable {
    /// It is moved to the nearest one that is allowed.
    case clamp
    /// The request is refused; what holds where nothing is said.
    case reject
  }

  package let field: Field
  /// Set where the caller gives nothing.
  package var `default`: FieldValue?
  package var allow: Allowance?
  package var min: Int64?
  package var max: Int64?
  package var over: Over?
  /// All must be found in the text.
  package var patterns: [Pattern] = []
  /// Bytes.
  package var maxLength: Int?
  /// Stands whatever the caller gives.
  package var force: FieldValue?
  package var require: Bool?
  package var forbid: Bool?

  package init(field: Field) { self.field = field }

  /// What this rule speaks of, in the order of `RuleKind`.
  package var kinds: [RuleKind] { RuleKind.allCases.filter(says) }

  package func says(_ kind: RuleKind) -> Bool {
    switch kind {
    case .force: force != nil
    case .forbid: forbid != nil
    case .default: self.default != nil
    case .require: require != nil
    case .min: min != nil
    case .max: max != nil
    case .over: over != nil
    case .allow: allow != nil
    case .pattern: !patterns.isEmpty
    case .maxLength: maxLength != nil
    case .unknownFields: false
    }
  }
}
