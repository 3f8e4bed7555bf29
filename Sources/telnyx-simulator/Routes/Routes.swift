/// From a request to its answer. Telnyx's calls stand beside the simulator's own, which need no key.
struct Routes: Sendable {
  let simulator: Simulator

  func reply(to request: Request) -> Response {
    let path = request.head.target.path
    switch (path.first, path.count) {
    case ("conferences", 1):
      return choose(request, ["GET": authenticated(listConferences), "POST": create])
    case ("conferences", 2):
      return choose(request, ["GET": authenticated(showConference)])
    case ("conferences", 3) where path[2] == "participants":
      return choose(request, ["GET": authenticated(listParticipants)])
    case ("media", 2):
      return choose(request, ["GET": authenticated(showMedia)])
    case ("simulator", _):
      return control(request)
    default:
      return .error(404, .notFound, "There is nothing at this path.")
    }
  }

  typealias Handler = (Request) -> Response

  func choose(_ request: Request, _ handlers: [String: Handler]) -> Response {
    if let handler = handlers[request.head.method] { return handler(request) }
    return .error(405, .methodNotAllowed, "The method is not allowed here.")
      .with("allow", handlers.keys.sorted().joined(separator: ", "))
  }

  func isAuthentic(_ request: Request) -> Bool {
    guard let field = request.head.header("authorization") else { return false }
    let words = field.split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].lowercased() == "bearer" else { return false }
    return simulator.withState { $0.tokens.contains(String(words[1])) }
  }

  static let unauthenticated = Response.error(401, .authenticationFailed, "The API key looks wrong.")

  private func authenticated(_ handler: @escaping Handler) -> Handler {
    { request in isAuthentic(request) ? handler(request) : Self.unauthenticated }
  }
}
