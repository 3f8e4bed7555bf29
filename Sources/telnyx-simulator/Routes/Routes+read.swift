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
    let name = target.parameter("filter[name]")
    let found = simulator.withRecord { record in
      name.map { record.registry.named($0) } ?? record.registry.all
    }.filter { status == nil || $0.status == status }
    // Swift's sort is stable: of equal ones the newest comes first.
    let sorted = found.reversed().sorted { $0.expires.milliseconds > $1.expires.milliseconds }
    return page(target, sorted.map(\.json))
  }

  func showConference(_ request: Request) -> Response {
    conference(request).map { Response(200, ["data": $0.json]) } ?? Self.noConference
  }

  func listParticipants(_ request: Request) -> Response {
    conference(request).map { page(request.head.target, [$0.participant]) } ?? Self.noConference
  }

  func showMedia(_ request: Request) -> Response {
    let name = request.head.target.path[1]
    guard simulator.media.contains(name) else { return .error(404, .notFound, "There is no such media file.") }
    let now = Timestamp.now()
    return Response(
      200,
      [
        "data": [
          "media_name": .string(name), "content_type": .string("audio/mpeg"), "created_at": .string(now.text),
          "updated_at": .string(now.text), "expires_at": .string(now.adding(minutes: 1440).text),
        ]
      ])
  }

  static let noConference = Response.error(404, .notFound, "There is no such conference.")

  private func conference(_ request: Request) -> Conference? {
    simulator.withRecord { $0.registry[request.head.target.path[1]] }
  }

  private func page(_ target: RequestTarget, _ rows: [JSONValue]) -> Response {
    guard let size = Int(target.parameter("page[size]") ?? "20"), (1...250).contains(size) else {
      return wrong("page[size]", "must be from 1 to 250")
    }
    guard let number = Int(target.parameter("page[number]") ?? "1"), (1...1_000_000).contains(number) else {
      return wrong("page[number]", "must be 1 or more")
    }
    return Response(
      200,
      [
        "data": .array(Array(rows.dropFirst((number - 1) * size).prefix(size))),
        "meta": [
          "page_number": .integer(Int64(number)), "page_size": .integer(Int64(size)),
          "total_pages": .integer(Int64((rows.count + size - 1) / size)), "total_results": .integer(Int64(rows.count)),
        ],
      ])
  }

  private func wrong(_ parameter: String, _ why: String) -> Response {
    .errors(400, [TelnyxError(.badRequest, "\(parameter) \(why).", parameter: parameter)])
  }
}
