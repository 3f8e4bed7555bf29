package import Conference

extension RuleKind {
  /// The kinds of rule that a field's type has a use for, in the order of this enumeration.
  package static func fitting(_ field: Field) -> [RuleKind] {
    let all: [RuleKind] = [.force, .forbid, .default, .require, .allow]
    return switch field.specification.kind {
    case .string, .base64: all + [.pattern, .maxLength]
    case .integer: [.force, .forbid, .default, .require, .min, .max, .over, .allow]
    case .enumeration, .boolean: all
    }
  }

  /// Why a rule of this kind would make no sense for the field, or nil where it does.
  package func objection(for field: Field) -> String? {
    let specification = field.specification
    guard Self.fitting(field).contains(self) else {
      return "\(rawValue) is no rule for \(specification.kind.noun); \(field.name) may have: "
        + Self.fitting(field).map(\.rawValue).joined(separator: ", ")
    }
    switch self {
    case .default, .force:
      if field == .callControlID || field == .commandID {
        return "\(rawValue) makes no sense here: every create has a \(field.name) of its own"
      }
      if self == .default, specification.required {
        return "a default never applies here: \(field.name) is always required"
      }
    case .forbid where specification.required:
      return "forbid makes no sense here: \(field.name) is always required"
    default: break
    }
    return nil
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
