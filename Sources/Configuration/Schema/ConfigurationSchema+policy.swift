internal import Conference
internal import JSON
internal import Policy

extension ConfigurationSchema {
  static func policy(_ description: String) -> JSONValue {
    let unknown = words(
      "What becomes of fields that Convene doesn't know.", PolicyLayer.UnknownFields.allCases.map(\.rawValue))
    return object(
      Field.all.map { ($0.name, rule($0)) } + [(RuleKind.unknownFields.rawValue, unknown)], description)
  }

  private static func rule(_ field: Field) -> JSONValue {
    let kinds = RuleKind.allCases.filter { $0.objection(for: field) == nil && $0 != .unknownFields }
    guard case .object(var object) = object(kinds.map { ($0.rawValue, word($0, field)) }) else { return .null }
    object.append("minProperties", .integer(1))
    return .object(object)
  }

  private static func word(_ kind: RuleKind, _ field: Field) -> JSONValue {
    switch kind {
    case .force: value(field, "Stands whatever the caller gives.")
    case .default: value(field, "Set where the caller gives nothing.")
    case .min: value(field, "The smallest number allowed.")
    case .max: value(field, "The largest number allowed.")
    case .forbid: boolean("The caller must not give it.")
    case .require: boolean("The caller must give it.")
    case .over:
      words(
        "What becomes of a number beyond min or max; reject where it is left out.",
        FieldRule.Over.allCases.map(\.rawValue))
    case .allow: list(value(field, nil, isAllowed: true), allowText(field))
    case .pattern: text("A regular expression (PCRE2) that must be found in it; ^ and $ for the whole.")
    case .maxLength: integer("Bytes.", 1...field.specification.kind.longest)
    case .unknownFields: .null
    }
  }

  private static func allowText(_ field: Field) -> String {
    switch field.specification.kind {
    case .string where field == .holdAudioURL:
      "URL prefixes that end at a path boundary. https only, unless a prefix says http."
    case .string, .base64: "Globs: * stands for anything."
    case .enumeration, .boolean, .integer: "The values allowed."
    }
  }

  /// - Parameter isAllowed: an entry of `allow`, where a text is a glob or a prefix and no value of the field.
  private static func value(_ field: Field, _ description: String?, isAllowed: Bool = false) -> JSONValue {
    var schema = JSONObject()
    if let description { schema.append("description", .string(description)) }
    switch field.specification.kind {
    case .string(let length):
      schema.append("type", .string("string"))
      schema.append("minLength", .integer(Int64(length.lowerBound)))
      // Counted in characters there and in bytes here, so it only ever errs on the lenient side.
      if !isAllowed { schema.append("maxLength", .integer(Int64(length.upperBound))) }
      if isAllowed, field == .holdAudioURL { schema.append("pattern", .string("^https?://[^?#*]+$")) }
    case .base64: schema.append("type", .string("string"))
    case .enumeration(let cases): schema.append("enum", .array(cases.map(JSONValue.string)))
    case .boolean: schema.append("type", .string("boolean"))
    case .integer(let range):
      schema.append("type", .string("integer"))
      schema.append("minimum", .integer(range.lowerBound))
      schema.append("maximum", .integer(range.upperBound))
    }
    return .object(schema)
  }
}
