internal import Conference
package import JSON
internal import Pattern

extension EffectivePolicy {
  /// The rules by field and kind, as a configuration writes them: `{"max_participants": {"max": 200, "over": "clamp"},
  /// "unknown_fields": "forward"}`. Says nothing of which file a rule is from.
  package var json: JSONValue {
    var fields = JSONObject()
    for rule in rules.map(\.rule) {
      var kinds = JSONObject()
      for kind in rule.kinds { kinds.append(kind.rawValue, rule.json(kind)) }
      fields.append(rule.field.name, .object(kinds))
    }
    fields.append(RuleKind.unknownFields.rawValue, .string(unknownFields.rawValue))
    return .object(fields)
  }
}

extension FieldRule {
  /// What it says of a kind that it speaks of.
  package func json(_ kind: RuleKind) -> JSONValue {
    switch kind {
    case .force: force?.json ?? .null
    case .forbid: forbid.map(JSONValue.boolean) ?? .null
    case .default: self.default?.json ?? .null
    case .require: require.map(JSONValue.boolean) ?? .null
    case .min: min.map(JSONValue.integer) ?? .null
    case .max: max.map(JSONValue.integer) ?? .null
    case .over: over.map { .string($0.rawValue) } ?? .null
    case .allow: allow?.json ?? .null
    case .pattern: patterns.count == 1 ? .string(patterns[0].text) : .array(patterns.map { .string($0.text) })
    case .maxLength: maxLength.map { .integer(Int64($0)) } ?? .null
    case .unknownFields: .null
    }
  }
}

extension Allowance {
  fileprivate var json: JSONValue {
    switch self {
    case .values(let values): .array(values.map(\.json))
    case .globs, .prefixes: .array(members.map(JSONValue.string))
    }
  }
}
