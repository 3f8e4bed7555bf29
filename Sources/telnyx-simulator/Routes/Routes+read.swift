import JSON

extension Routes {
  /// `GET /conferences`, filtered by name and status, in descending order of `expires_at`.
  func listConferences(_ request: Request) -> Response {
    let target = request.head.target
    var status: Conference.Status?
    if let text = target.parameter("filter[status]") {
      status = Conference.Status(rawValue: text)
      if status == nil { return wrong("filter[status]", "is no status") }
    }
    let form = simulator.withSettings { $0.nameForm }
    let name = target.parameter("filter[name]").map(form.apply)
    let asker = token(of: request)
    let found = simulator.withRecord { record in
      name.map { record.registry.named($0) } ?? record.registry.all
    }.filter { (status == nil || $0.status == status) && $0.isVisible(to: asker) }
    // Swift's sort is stable: of equal ones the newest comes first.
    let sorted = found.reversed().sorted { $0.expires.milliseconds > $1.expires.milliseconds }
    return page(target, sorted.map(\.json))
  }

  func showConference(_ request: Request) -> Response {
    conference(request).map { Response(200, ["data": $0.json]) } ?? Refusal.noConference.response
  }

  func showMedia(_ request: Request) -> Response {
    let name = request.head.target.path[1]
    guard simulator.media.contains(name) else { return .error(404, .notFound, "There is no such media file.") }
    let now = simulator.now
    return Response(
      200,
      [
        "data": [
          "media_name": .string(name), "content_type": .string("audio/mpeg"), "created_at": .string(now.text),
          "updated_at": .string(now.text), "expires_at": .string(now.adding(minutes: 1440).text),
        ]
      ])
  }

  /// The conference whose id is in the path.
  func conference(_ request: Request) -> Conference? {
    let conference = simulator.withRecord { $0.registry[request.head.target.path[1]] }
    return conference.flatMap { $0.isVisible(to: token(of: request)) ? $0 : nil }
  }

  func page(_ target: RequestTarget, _ rows: [JSONValue]) -> Response {
    guard let size = Int(target.parameter("page[size]") ?? "20"), (1...250).contains(size) else {
      return wrong("page[size]", "must be from 1 to 250")
    }
    guard let number = Int(target.parameter("page[number]") ?? "1"), (1...1_000_000).contains(number) else {
      return wrong("page[number]", "must be 1 or more")
    }
    let listing = simulator.withSettings { $0.listing }
    let given = min(size, listing.largestPage)
    let page = Array(rows.dropFirst((number - 1) * given).prefix(given))
    let total = rows.count + (listing.meta == .tooMany ? 1 : 0)
    let numbers = [
      ("page_number", number), ("page_size", given), ("total_pages", (total + given - 1) / given),
      ("total_results", total),
    ]
    var reply: JSONObject = ["data": .array(page)]
    if listing.meta != .omitted {
      let members = numbers.map { name, number in
        JSONObject.Member(
          key: name, value: listing.meta == .texts ? .string(String(number)) : .integer(Int64(number)))
      }
      reply.append("meta", .object(JSONObject(members: members)))
    }
    return Response(200, .object(reply))
  }

  func wrong(_ parameter: String, _ why: String) -> Response {
    .errors(400, [TelnyxError(.badRequest, "\(parameter) \(why).", parameter: parameter)])
  }
}
