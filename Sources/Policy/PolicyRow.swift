package import Conference
package import JSON
internal import Pattern

/// One line of an effective policy, for people who ask what holds for a team.
package struct PolicyRow: Sendable, Equatable {
  /// One word of the rule: `max 200`, and who says so.
  package struct Part: Sendable, Equatable {
    package let kind: RuleKind
    package let text: String
    /// The same as a configuration writes it: a number, a list, a text.
    package let value: JSONValue
    package let origin: PolicyLayer.Origin
  }

  /// A field's name, or `unknown_fields`.
  package let name: String
  /// Type and range, such as `integer 2..800`; empty for `unknown_fields`.
  package let type: String
  /// What Telnyx assumes where the field is absent.
  package let assumed: FieldValue?
  package let parts: [Part]
}

extension EffectivePolicy {
  /// Every field of the table in its order, those that no rule speaks of included, then `unknown_fields`.
  package var rows: [PolicyRow] {
    let fields = Field.all.map { field in
      PolicyRow(
        name: field.name, type: field.specification.typeText,
        assumed: field.specification.vendorDefault,
        parts: rules.first { $0.field == field }?.parts ?? [])
    }
    // What holds where no file says anything is the organization's choice.
    let unknown = PolicyRow.Part(
      kind: .unknownFields, text: unknownFields.rawValue, value: .string(unknownFields.rawValue),
      origin: unknownFieldsOrigin ?? .organization)
    return fields + [PolicyRow(name: RuleKind.unknownFields.rawValue, type: "", assumed: nil, parts: [unknown])]
  }
}

extension PolicyRow {
  /// The rule by which the field stands where the caller gives nothing; else Telnyx decides.
  package var fill: Part? { parts.first { $0.kind == .default || $0.kind == .force } }
}

extension MergedRule {
  fileprivate var parts: [PolicyRow.Part] {
    rule.kinds.flatMap { kind in
      texts(kind).enumerated().map { ordinal, text in
        PolicyRow.Part(
          kind: kind, text: text, value: kind == .pattern ? .string(text) : rule.json(kind),
          origin: place(kind, ordinal).origin)
      }
    }
  }

  private func texts(_ kind: RuleKind) -> [String] {
    switch kind {
    case .force: [rule.force?.description ?? ""]
    case .forbid: [rule.forbid == true ? "true" : "false"]
    case .default: [rule.default?.description ?? ""]
    case .require: [rule.require == true ? "true" : "false"]
    case .min: [rule.min.map(String.init) ?? ""]
    case .max: [rule.max.map(String.init) ?? ""]
    case .over: [rule.over?.rawValue ?? ""]
    case .allow: [rule.allow?.members.joined(separator: ", ") ?? ""]
    case .pattern: rule.patterns.map(\.text)
    case .maxLength: [rule.maxLength.map(String.init) ?? ""]
    case .unknownFields: []
    }
  }
}

extension FieldSpecification {
  fileprivate var typeText: String {
    let type =
      switch kind {
      case .string(let length): "string \(length.lowerBound)..\(length.upperBound) bytes"
      case .base64: "string, Base64"
      case .enumeration(let cases): cases.joined(separator: " | ")
      case .boolean: "boolean"
      case .integer(let range): "integer \(range.lowerBound)..\(range.upperBound)"
      }
    return required ? type + ", required" : type
  }
}
