internal import Conference
internal import JSON
internal import Policy

/// The JSON Schemas (draft 2020-12) of both kinds of file, for editors. Policy's part is made from the field table.
///
/// A schema helps while typing; it can't know other files, tokens or the organization's rules. `check` is the judge.
package enum ConfigurationSchema {
  /// Of `gateway.yaml`: the text of `config/schema/gateway.schema.json`.
  package static var gateway: String { gatewaySchema.prettyText }

  /// Of a team's file: the text of `config/schema/team.schema.json`.
  package static var team: String { teamSchema.prettyText }

  static func document(_ title: String, _ required: [String], _ properties: [(String, JSONValue)]) -> JSONValue {
    var schema = JSONObject()
    schema.append("$schema", .string("https://json-schema.org/draft/2020-12/schema"))
    schema.append("title", .string(title))
    if case .object(let body) = object(required, properties) {
      for member in body.members { schema.append(member.key, member.value) }
    }
    return .object(schema)
  }

  /// A mapping of which no key is required.
  static func object(_ properties: [(String, JSONValue)], _ description: String? = nil) -> JSONValue {
    object([], properties, description)
  }

  static func object(
    _ required: [String], _ properties: [(String, JSONValue)], _ description: String? = nil
  ) -> JSONValue {
    var schema = JSONObject()
    if let description { schema.append("description", .string(description)) }
    schema.append("type", .string("object"))
    schema.append("additionalProperties", .boolean(false))
    if !required.isEmpty { schema.append("required", .array(required.map(JSONValue.string))) }
    schema.append(
      "properties", .object(JSONObject(members: properties.map { JSONObject.Member(key: $0.0, value: $0.1) })))
    return .object(schema)
  }

  /// A mapping in which exactly one of some keys must stand.
  static func exactlyOne(of keys: [String], in schema: JSONValue) -> JSONValue {
    guard case .object(var object) = schema else { return schema }
    object.append("oneOf", .array(keys.map { .object(["required": .array([.string($0)])]) }))
    return .object(object)
  }

  /// A mapping in which two keys exclude each other.
  static func notTogether(_ keys: [String], in schema: JSONValue) -> JSONValue {
    guard case .object(var object) = schema else { return schema }
    object.append("not", .object(["required": .array(keys.map(JSONValue.string))]))
    return .object(object)
  }

  static func list(_ items: JSONValue, _ description: String, atLeast: Int = 1) -> JSONValue {
    .object([
      "description": .string(description), "type": .string("array"), "minItems": .integer(Int64(atLeast)),
      "items": items,
    ])
  }

  static func keyDigest(_ description: String) -> JSONValue {
    .object([
      "description": .string(description), "type": .string("string"), "pattern": .string("^[0-9A-Fa-f]{64}$"),
    ])
  }

  static func text(_ description: String) -> JSONValue {
    .object(["description": .string(description), "type": .string("string"), "minLength": .integer(1)])
  }

  static func identifier(_ description: String) -> JSONValue {
    .object([
      "description": .string(description), "type": .string("string"), "pattern": .string("^[A-Za-z0-9._-]{1,64}$"),
    ])
  }

  static func integer(_ description: String, _ range: ClosedRange<Int>) -> JSONValue {
    .object([
      "description": .string(description), "type": .string("integer"), "minimum": .integer(Int64(range.lowerBound)),
      "maximum": .integer(Int64(range.upperBound)),
    ])
  }

  static func boolean(_ description: String) -> JSONValue {
    .object(["description": .string(description), "type": .string("boolean")])
  }

  static func words(_ description: String, _ words: [String]) -> JSONValue {
    .object(["description": .string(description), "enum": .array(words.map(JSONValue.string))])
  }

  static func duration(_ description: String) -> JSONValue {
    let units = Duration.units.map(\.name).joined(separator: "|")
    return .object([
      "description": .string(description + " A number with its unit, such as 5s."), "type": .string("string"),
      "pattern": .string("^[0-9]+(\(units))$"),
    ])
  }

  static func size(_ description: String) -> JSONValue {
    let units = FileReader.sizeUnits.map(\.name).joined(separator: "|")
    return .object([
      "description": .string(description + " A number with its unit, such as 64KiB."), "type": .string("string"),
      "pattern": .string("^[0-9]+(\(units))$"),
    ])
  }

  static func limits(_ scopes: [String]) -> JSONValue {
    list(
      object(
        ["name", "per", "allow", "every"],
        [
          ("name", identifier("Shown to callers in RateLimit fields; unique in this file.")),
          ("per", words("Whose requests are counted together.", scopes)),
          ("allow", integer("Requests, on average, in each `every`.", FileReader.limitCounts)),
          ("every", duration("The time in which `allow` requests pass.")),
          ("burst", integer("Requests that may pass at once; `allow` where it is left out.", FileReader.limitCounts)),
          ("for", limitedCalls),
        ]), "Rate limits. A request is charged to all that it falls under, or to none.", atLeast: 0)
  }

  private static var limitedCalls: JSONValue {
    .object([
      "oneOf": .array([
        .object(["const": .string("all")]),
        list(call, "The calls that are counted, or groups of them; the create alone where it is left out."),
      ])
    ])
  }

  private static let call = words("A call, or a group of them.", FileReader.callNames)

  static func calls(_ description: String) -> JSONValue {
    let schema = object(
      [
        (
          "allow",
          list(
            call,
            "Calls, or groups of them: those that change nothing (read), who is there and what they hear (participants),"
              + " recording, and who listens in (listening). create always may be made.", atLeast: 0)
        ),
        (
          "scope",
          words(
            "About whose conferences: those that the team's own creates made, any team's, or whatever the token can reach.",
            CallRules.Scope.allCases.map(\.rawValue))
        ),
      ], description)
    guard case .object(var object) = schema else { return schema }
    object.append("minProperties", .integer(1))
    return .object(object)
  }

  static let keyless = object(
    ["join"],
    [
      (
        "join",
        duration(
          "Within this time of the first one, creates of one caller that have no key and are equal are one. 1s to 10m. A team may"
            + " make it longer.")
      )
    ],
    "What has no command_id and no Idempotency-Key. Where it is left out, only an SDK's own retry joins what it repeats."
  )

  static let version: JSONValue = .object([
    "description": .string("The version of this format."), "const": .integer(1),
  ])
}
