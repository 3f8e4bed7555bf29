import JSON

extension Routes {
  /// `POST /conferences`: what Telnyx checks, in the order in which it plausibly does.
  func create(_ request: Request) -> Response {
    guard isAuthentic(request) else { return Self.unauthenticated }
    let standing = simulator.withState { $0.rate.take() }
    guard let standing else { return judge(request) }
    if standing.isExceeded {
      return standing.mark(.error(429, .tooManyRequests, "More than \(standing.limit) creates within a second."))
    }
    return standing.mark(judge(request))
  }

  private func judge(_ request: Request) -> Response {
    let mediaType = request.head.header("content-type")?.split(separator: ";").first ?? ""
    guard mediaType.lowercased().filter({ $0 != " " }) == "application/json" else {
      return .error(415, .expectedJSON, "The body must be application/json.")
    }
    do throws(JSONError) {
      guard let body = try JSONValue.parse(request.body).object else {
        return .errors(422, [TelnyxError(.type, "The body must be an object.", pointer: "")])
      }
      let errors = CreateField.errors(in: body)
      return errors.isEmpty ? execute(request, body) : .errors(422, errors)
    } catch {
      return .error(400, .invalidJSON, "The body is no valid JSON: \(error.message).")
    }
  }

  /// Under one lock: of two equal commands at the same time, one is executed and the other finds it.
  private func execute(_ request: Request, _ body: JSONObject) -> Response {
    let conference = Conference(body, at: .now())
    let commandID = body["command_id"]?.string
    return simulator.withState { state in
      if let commandID, let first = state.registry.made(by: commandID, within: state.dedupe) {
        state.journal.duplicates += 1
        return Response(200, ["data": first.json])
      }
      if state.registry.named(conference.name).contains(where: \.isActive) {
        let error = TelnyxError(.nameActive, "The name is taken by an active conference.", pointer: "/name")
        return .errors(422, [error])
      }
      state.registry.add(conference, commandID: commandID)
      state.journal.recordExecution(of: request, body, as: conference)
      return Response(200, ["data": conference.json])
    }
  }
}
