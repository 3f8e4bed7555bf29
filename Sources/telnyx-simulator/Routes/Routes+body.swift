import JSON

extension Routes {
  /// A call's body, if there is nothing wrong with it.
  ///
  /// - Parameter isOptional: whether no body at all is one without any field.
  func body(of request: Request, by schema: BodySchema, isOptional: Bool = false) throws(Refusal) -> JSONObject {
    if isOptional, request.body.isEmpty { return [:] }
    let mediaType = request.head.header("content-type")?.split(separator: ";").first ?? ""
    guard mediaType.lowercased().filter({ $0 != " " }) == "application/json" else {
      throw Refusal(415, [TelnyxError(.expectedJSON, "The body must be application/json.")])
    }
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue.parse(request.body)
    } catch {
      throw Refusal(400, [TelnyxError(.invalidJSON, "The body is no valid JSON: \(error.message).")])
    }
    guard let body = value.object else {
      throw Refusal(422, [TelnyxError(.type, "The body must be an object.", pointer: "")])
    }
    let errors = schema.errors(in: body)
    guard errors.isEmpty else { throw Refusal(422, errors) }
    return body
  }
}
