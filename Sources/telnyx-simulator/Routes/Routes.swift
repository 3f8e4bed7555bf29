/// From a request to its answer. Telnyx's calls stand beside the simulator's own, which need no key.
struct Routes: Sendable {
  let simulator: Simulator

  func reply(to request: Request) -> Response {
    let path = request.head.target.path
    switch (path.first, path.count) {
    case ("conferences", 1):
      // The session takes the POST of a create and of an action: their faults reach below what a reply can say.
      return choose(request, ["GET": authenticated(listConferences)], elsewhere: ["POST"])
    case ("conferences", 2):
      return choose(request, ["GET": authenticated(showConference)])
    case ("conferences", 3) where path[2] == "participants":
      return choose(request, ["GET": authenticated(listParticipants)])
    case ("conferences", 4) where path[2] == "participants":
      return choose(
        request, ["GET": authenticated(showParticipant), "PATCH": authenticated(changeParticipant)])
    case ("conferences", 4) where request.head.action.flatMap { ConferenceAction(rawValue: $0) } != nil:
      return choose(request, [:], elsewhere: ["POST"])
    case ("media", 2):
      return choose(request, ["GET": authenticated(showMedia)])
    case ("simulator", _):
      return control(request)
    default:
      return .error(404, .notFound, "There is nothing at this path.")
    }
  }

  typealias Handler = (Request) -> Response

  /// - Parameter elsewhere: methods that are allowed, but not answered from here.
  func choose(_ request: Request, _ handlers: [String: Handler], elsewhere: [String] = []) -> Response {
    if let handler = handlers[request.head.method] { return handler(request) }
    return .error(405, .methodNotAllowed, "The method is not allowed here.")
      .with("allow", (handlers.keys + elsewhere).sorted().joined(separator: ", "))
  }

  /// The bearer token (RFC 6750, section 2.1).
  func token(of request: Request) -> String? {
    guard let field = request.head.header("authorization") else { return nil }
    let words = field.split(separator: " ", maxSplits: 1)
    return words.count == 2 && words[0].lowercased() == "bearer" ? String(words[1]) : nil
  }

  private func authenticated(_ handler: @escaping Handler) -> Handler {
    { request in
      guard let token = token(of: request), simulator.withSettings({ $0.tokens.contains(token) }) else {
        return Refusal.unauthenticated.response
      }
      return handler(request)
    }
  }
}
