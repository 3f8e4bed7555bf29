package import Conference

extension RuleKind {
  /// The kinds of rule that a field's type has a use for, in the order of this enumeration.
  package static func fitting(_ field: Field) -> [RuleKind] {
    allCases.filter { $0.fits(field.specification.kind) }
  }

  /// Those of them that make sense for the field.
  package static func sensible(for field: Field) -> [RuleKind] {
    fitting(field).filter { $0.objection(for: field) == nil }
  }

  private func fits(_ type: FieldSpecification.Kind) -> Bool {
    switch self {
    case .force, .forbid, .default, .require, .allow: true
    case .min, .max, .over: if case .integer = type { true } else { false }
    case .pattern, .maxLength:
      switch type {
      case .string, .base64: true
      case .enumeration, .boolean, .integer: false
      }
    case .unknownFields: false
    }
  }

  /// Why a rule of this kind would make no sense for the field, or nil where it does.
  package func objection(for field: Field) -> String? {
    let specification = field.specification
    guard fits(specification.kind) else {
      return "\(rawValue) is no rule for \(specification.kind.noun); \(field.name) may have: "
        + Self.sensible(for: field).map(\.rawValue).joined(separator: ", ")
    }
    switch self {
    case .default, .force:
      if field == .callControlID || field == .commandID {
        return "\(rawValue) makes no sense here: every create has a \(field.name) of its own"
      }
      return self == .default && specification.required
        ? "a default never applies here: \(field.name) is always required" : nil
    case .forbid:
      return specification.required ? "forbid makes no sense here: \(field.name) is always required" : nil
    case .require, .min, .max, .over, .allow, .pattern, .maxLength, .unknownFields: return nil
    }
  }
}

extension FieldSpecification.Kind {
  /// What this is called in a sentence.
  package var noun: String {
    switch self {
    case .string, .base64: "a string"
    case .enumeration: "an enumeration"
    case .boolean: "a boolean"
    case .integer: "an integer"
    }
  }
}
