import JSON

extension Routes {
  /// `/simulator/...`: how a test looks into the simulator and steers it.
  func control(_ request: Request) -> Response {
    let path = request.head.target.path
    switch path.dropFirst().first {
    case "journal" where path.count == 2:
      return choose(
        request, ["GET": showJournal, "PUT": restoreJournal, "DELETE": { _ in done { simulator.reset() } }])
    case "faults" where path.count == 2:
      // Without a kind it is about the creates, but taking back is about all.
      return choose(request, faultHandlers(of: .create, cleared: CallKind.allCases))
    case "faults" where path.count == 3:
      guard let kind = CallKind(rawValue: path[2]) else { return noSuchCall }
      return choose(request, faultHandlers(of: kind, cleared: [kind]))
    case "calls" where path.count == 2:
      return choose(
        request, ["GET": showCalls, "DELETE": { _ in done { simulator.withCalls { $0.removeAll() } } }])
    case "tokens" where path.count == 2:
      return choose(request, ["PUT": setTokens])
    case "options" where path.count == 2:
      return choose(request, ["PUT": setOptions])
    case "conferences" where path.count == 4 && path[3] == "end":
      return choose(request, ["POST": endConference])
    default:
      return noSuchCall
    }
  }

  private var noSuchCall: Response { .error(404, .notFound, "The simulator has no such call.") }

  private func showJournal(_ request: Request) -> Response {
    guard let start = Int(request.head.target.parameter("since") ?? "0"), start >= 0 else {
      return refuse("since must be an index")
    }
    return Response(200, body: simulator.journal(since: start))
  }

  /// Takes rows of a journal for what was executed so far, each at its own time.
  private func restoreJournal(_ request: Request) -> Response {
    guard let rows = argument(of: request)?.array else { return refuse("rows must be an array") }
    var record = Record()
    for row in rows {
      guard let body = row["body"]?.object, let id = row["id"]?.string, let time = row["attempt_time_ms"]?.integer
      else {
        return refuse("a row must have body, id and attempt_time_ms, as GET shows them")
      }
      record.restore(Conference(body, id: id, at: Timestamp(milliseconds: time)), row)
    }
    return done { [record] in simulator.withRecord { $0 = record } }
  }

  private func setTokens(_ request: Request) -> Response {
    guard let tokens = argument(of: request)?.array?.map(\.string), !tokens.contains(nil) else {
      return refuse("tokens must be an array of strings")
    }
    return done { simulator.withSettings { $0.tokens = Set(tokens.compactMap(\.self)) } }
  }

  private func setOptions(_ request: Request) -> Response {
    guard let options = argument(of: request)?.object else { return refuse("options must be an object") }
    for member in options.members {
      switch (member.key, member.value) {
      case ("dedupe_seconds", .integer(let seconds)) where seconds >= 0:
        simulator.withSettings { $0.dedupe = .seconds(seconds) }
      case ("names_are_unique", .boolean(let areUnique)):
        simulator.withSettings { $0.namesAreUnique = areUnique }
      case ("clock_ahead_ms", .integer(let milliseconds)):
        simulator.setClock(ahead: milliseconds)
      case ("name_form", .string(let text)):
        guard let form = NameForm(rawValue: text) else { return refuse("'\(text)' is no form of names") }
        simulator.withSettings { $0.nameForm = form }
      case ("largest_page", .integer(let size)) where (1...250).contains(size):
        simulator.withSettings { $0.listing.largestPage = Int(size) }
      case ("meta", .string(let text)):
        guard let meta = Listing.Meta(rawValue: text) else { return refuse("'\(text)' is no kind of meta") }
        simulator.withSettings { $0.listing.meta = meta }
      case ("by_token", .boolean(let isByToken)):
        simulator.withSettings { $0.listing.isByToken = isByToken }
      case ("rate", .integer(let rate)) where rate >= 0:
        simulator.withSettings { $0.rate = RateWindow(limit: Int(rate)) }
      case ("rate", .null):
        simulator.withSettings { $0.rate = RateWindow(limit: nil) }
      default:
        return refuse("'\(member.key)' is no option, or its value is not one that it takes")
      }
    }
    return done {}
  }

  private func endConference(_ request: Request) -> Response {
    let id = request.head.target.path[2]
    let ended = simulator.withRecord { record in
      record.registry.change(id) { conference -> Conference in
        conference.end(at: simulator.now)
        return conference
      }
    }
    return ended.map { Response(200, ["data": $0.json]) } ?? Refusal.noConference.response
  }

  func done(_ action: () -> Void) -> Response {
    action()
    return Response(200, ["ok": .boolean(true)])
  }

  func refuse(_ why: String) -> Response { .error(400, .badRequest, why) }

  /// The body of a control call. The parser takes no bare string and no bare null, so it is given an array of one.
  func argument(of request: Request) -> JSONValue? {
    guard let values = try? JSONValue.parse([UInt8(ascii: "[")] + request.body + [UInt8(ascii: "]")]).array else {
      return nil
    }
    return values.count == 1 ? values.first : nil
  }
}
