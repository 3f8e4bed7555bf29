import JSON

extension Routes {
  /// `GET /conferences/{id}/participants`, filtered by what they are, in the order in which they came.
  func listParticipants(_ request: Request) -> Response {
    guard let conference = conference(request) else { return Refusal.noConference.response }
    let filters: [(name: String, isSo: (Participant) -> Bool)] = [
      ("muted", \.cannotSpeak), ("on_hold", \.isOnHold), ("whispering", \.isWhispering),
    ]
    var found = conference.participants
    for filter in filters {
      guard let text = request.head.target.parameter("filter[\(filter.name)]") else { continue }
      guard let wanted = Bool(text) else { return wrong("filter[\(filter.name)]", "must be true or false") }
      found = found.filter { filter.isSo($0) == wanted }
    }
    return page(request.head.target, found.map { .object($0.json(in: conference)) })
  }

  func showParticipant(_ request: Request) -> Response {
    guard let conference = conference(request) else { return Refusal.noConference.response }
    let id = request.head.target.path[3]
    let found = conference.participants.first { $0.id.hasSameBytes(as: id) }
    return found.map { show($0, conference) } ?? Refusal.noParticipant.response
  }

  /// `PATCH /conferences/{id}/participants/{participant_id}`: what is to happen when they leave.
  func changeParticipant(_ request: Request) -> Response {
    do throws(Refusal) {
      let body = try body(of: request, by: .participant)
      guard let conference = conference(request), conference.isActive else { throw .noConference }
      let (id, time) = (request.head.target.path[3], simulator.now)
      let changed = simulator.withRecord { record in
        record.registry.change(conference.id) { conference -> Participant? in
          let row = conference.participants.firstIndex { $0.isPresent && $0.id.hasSameBytes(as: id) }
          guard let row else { return nil }
          conference.participants[row].set(exits: body)
          conference.participants[row].touch(at: time)
          return conference.participants[row]
        }
      }
      guard let participant = changed ?? nil else { throw .noParticipant }
      return show(participant, conference)
    } catch {
      return error.response
    }
  }

  /// One alone has the conference's id once more, as a member of its own.
  private func show(_ participant: Participant, _ conference: Conference) -> Response {
    var row = participant.json(in: conference)
    row.append("conference_id", .string(conference.id))
    return Response(200, ["data": .object(row)])
  }
}
