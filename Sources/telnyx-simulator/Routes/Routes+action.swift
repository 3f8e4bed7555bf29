import JSON

extension Routes {
  /// `POST /conferences/{id}/actions/...`
  func act(_ request: Request, named name: String) -> (Response, CallOutcome) {
    guard let action = ConferenceAction(rawValue: name) else {
      return (.error(404, .notFound, "There is nothing at this path."), .refused)
    }
    do throws(Refusal) {
      let outcome = try execute(request, action)
      return (Response(200, ["data": ["result": .string("ok")]]), outcome)
    } catch {
      return (error.response, .refused)
    }
  }

  /// Under one lock, as a create: of two equal commands at the same time, one is executed and the other finds it.
  private func execute(_ request: Request, _ action: ConferenceAction) throws(Refusal) -> CallOutcome {
    let token = token(of: request)
    let (isAuthentic, window) = simulator.withSettings { settings in
      (token.map { settings.tokens.contains($0) } ?? false, settings.dedupe)
    }
    guard isAuthentic else { throw .unauthenticated }
    let body = try body(of: request, by: action.schema, isOptional: action.needsNoBody)
    let (name, time) = (request.head.target.path[1], simulator.now)
    let outcome = simulator.withRecord { record in
      Result { () throws(Refusal) -> CallOutcome in
        let found = action.takesName ? record.registry.resolve(name) : record.registry[name]
        guard let found, found.isVisible(to: token) else { throw .noConference }
        let outcome = try record.registry.change(found.id) { (conference) throws(Refusal) in
          try conference.execute(action, body, at: time, within: window)
        }
        guard let outcome else { throw .noConference }
        return outcome
      }
    }
    return try outcome.get()
  }
}
