internal import Conference
internal import JSON

/// What this gateway serves to callers, as an OpenAPI document (3.1): made of the tables of calls, of fields and of refusals, so that
/// none of them has to be kept twice. Which calls a team may make, and what its rules leave of the fields, the configuration says.
enum OpenAPIDocument {
  static let text = json.text + [UInt8(ascii: "\n")]

  private static let json: JSONValue = .object([
    "openapi": "3.1.0",
    "info": [
      "title": "Convene", "version": "2",
      "description":
        "Telnyx's calls about conferences, through a gateway. What is refused has Telnyx's envelope, with `meta.source` `convene`.",
    ],
    "servers": [["url": "/v2"], ["url": "/"]],
    "security": [["key": []]],
    "paths": paths,
    "components": [
      "securitySchemes": [
        "key": ["type": "http", "scheme": "bearer", "description": "A caller's key; the vendor's token stays here."]
      ],
      "schemas": [
        "Create": create, "Errors": errors,
        "Operation": [
          "type": "object",
          "properties": [
            "data": [
              "type": "object",
              "properties": ["state": ["enum": ["in_flight", "done", "unknown"]], "command_id": ["type": "string"]],
            ]
          ],
        ],
      ],
      "responses": .object(
        JSONObject(members: statuses.map { JSONObject.Member(key: "Refused\($0)", value: refused($0)) })),
    ],
  ])

  // MARK: Paths

  private static var paths: JSONValue {
    var paths: [(path: String, operations: JSONObject)] = []
    func add(_ path: String, _ method: String, _ operation: JSONValue) {
      let index = paths.firstIndex { $0.path == path } ?? paths.count
      if index == paths.count { paths.append((path, JSONObject())) }
      paths[index].operations.append(method.lowercased(), operation)
    }
    for call in ConferenceCall.allCases {
      add(call.specification.template, call.specification.method.rawValue, operation(of: call))
    }
    add(
      "/conferences:explain", "POST",
      operation(
        "explain", "What would become of this body: nothing is sent, stored or counted.",
        body: ["$ref": "#/components/schemas/Create"], success: "The decision, field by field."))
    add(
      "/operations/{command_id}", "GET",
      operation(
        "operation", "What became of a command.", parameters: ["command_id"], body: nil,
        success: "Its state, and the reply where it is done.", schema: ["$ref": "#/components/schemas/Operation"]))
    return .object(JSONObject(members: paths.map { JSONObject.Member(key: $0.path, value: .object($0.operations)) }))
  }

  private static func operation(of call: ConferenceCall) -> JSONValue {
    let specification = call.specification
    let group = specification.group?.rawValue
    let summary =
      group.map { "Telnyx's \(call.name); passes where `calls.allow` has it, or the group \($0)." }
      ?? "Creates a conference, once for each `command_id`."
    let parameters = specification.path.compactMap { segment -> String? in
      switch segment {
      case .literal: nil
      case .conferenceID: "id"
      case .participantID: "participant_id"
      }
    }
    let body: JSONValue? =
      switch specification.method {
      case .get: nil
      case .post, .patch: call == .create ? ["$ref": "#/components/schemas/Create"] : schema(of: specification.fields)
      }
    return operation(call.name, summary, tag: group, parameters: parameters, body: body, success: "Telnyx's reply.")
  }

  private static func operation(
    _ id: String, _ summary: String, tag: String? = nil, parameters: [String] = [], body: JSONValue?, success: String,
    schema: JSONValue = ["type": "object"]
  ) -> JSONValue {
    var operation: JSONObject = ["operationId": .string(id), "summary": .string(summary)]
    if let tag { operation.append("tags", [.string(tag)]) }
    if !parameters.isEmpty {
      operation.append(
        "parameters",
        .array(
          parameters.map { ["name": .string($0), "in": "path", "required": true, "schema": ["type": "string"]] }))
    }
    if let body {
      operation.append("requestBody", ["content": ["application/json": ["schema": body]]])
    }
    var responses: JSONObject = [
      "200": ["description": .string(success), "content": ["application/json": ["schema": schema]]]
    ]
    for status in statuses {
      responses.append("\(status)", ["$ref": .string("#/components/responses/Refused\(status)")])
    }
    operation.append("responses", .object(responses))
    return .object(operation)
  }

  // MARK: Bodies

  private static var create: JSONValue {
    let required = Field.all.filter(\.specification.required).map { JSONValue.string($0.name) }
    let properties = Field.all.map { JSONObject.Member(key: $0.name, value: schema(of: $0)) }
    return ["type": "object", "required": .array(required), "properties": .object(JSONObject(members: properties))]
  }

  private static func schema(of fields: [CallField]) -> JSONValue {
    let properties = fields.map { field in
      let schema: JSONValue =
        switch field.meaning {
        case .free, .secret, .listening: .object(JSONObject())
        case .speech: ["type": "string"]
        case .commandID: schema(of: .commandID)
        case .asInCreate(let other), .withinRules(let other): schema(of: other)
        }
      return JSONObject.Member(key: field.name, value: schema)
    }
    return ["type": "object", "properties": .object(JSONObject(members: properties))]
  }

  private static func schema(of field: Field) -> JSONValue {
    switch field.specification.kind {
    case .string(let length):
      [
        "type": "string", "minLength": .integer(Int64(min(length.lowerBound, 1))),
        "maxLength": .integer(Int64(length.upperBound)),
      ]
    case .base64: ["type": "string", "contentEncoding": "base64"]
    case .enumeration(let cases): ["enum": .array(cases.map(JSONValue.string))]
    case .boolean: ["type": "boolean"]
    case .integer(let range):
      ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
    }
  }

  // MARK: Refusals

  private static let statuses = Refusal.Kind.byStatus.map(\.status).reduce(into: [Int]()) { statuses, status in
    if statuses.last != status { statuses.append(status) }
  }

  private static func refused(_ status: Int) -> JSONValue {
    let kinds = Refusal.Kind.byStatus.filter { $0.status == status }
    let text = kinds.map { "- `\($0.rawValue)`: \($0.meaning)" }.joined(separator: "\n")
    return [
      "description": .string(text),
      "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Errors"]]],
    ]
  }

  private static var errors: JSONValue {
    let text: JSONValue = ["type": "string"]
    let meta: JSONValue = [
      "type": "object",
      "properties": [
        "source": ["const": "convene"], "kind": ["enum": .array(Refusal.Kind.allCases.map { .string($0.rawValue) })],
        "rule": text, "owner": ["enum": ["organization", "team"]], "request_id": text, "operation": text,
      ],
    ]
    return [
      "type": "object", "required": ["errors"],
      "properties": [
        "errors": [
          "type": "array",
          "items": [
            "type": "object", "required": ["code", "title"],
            "properties": [
              "code": text, "title": text, "detail": text,
              "source": ["type": "object", "properties": ["pointer": text]], "meta": meta,
            ],
          ],
        ]
      ],
    ]
  }
}
