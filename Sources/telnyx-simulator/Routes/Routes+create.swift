import JSON

extension Routes {
  /// Takes a create in before anything becomes of it, with the fault that its own header may name.
  func admit(_ request: Request) throws(FaultSpecError) -> Admission {
    let (token, asked) = (token(of: request), try askedFault(request))
    return simulator.withSettings { $0.admit(token: token, fault: asked) }
  }

  /// The fault that a call's own header names.
  func askedFault(_ request: Request) throws(FaultSpecError) -> Fault? {
    guard let spec = request.head.header("x-simulator-fault") else { return nil }
    return try Fault(parsing: spec)
  }

  /// `POST /conferences`: what Telnyx checks, in the order in which it plausibly does.
  func create(_ request: Request, _ admission: Admission) -> Response {
    guard admission.isAuthentic else { return Refusal.unauthenticated.response }
    guard let rate = admission.rate else { return judge(request, admission) }
    if rate.isExceeded {
      return rate.mark(.error(429, .tooManyRequests, "More than \(rate.limit) creates within a second."))
    }
    return rate.mark(judge(request, admission))
  }

  private func judge(_ request: Request, _ admission: Admission) -> Response {
    do throws(Refusal) {
      return execute(request, try body(of: request, by: .create), admission)
    } catch {
      return error.response
    }
  }

  /// Under one lock: of two equal commands at the same time, one is executed and the other finds it.
  private func execute(_ request: Request, _ body: JSONObject, _ admission: Admission) -> Response {
    let conference = Conference(body, at: simulator.now, nameForm: admission.nameForm, owner: admission.owner)
    let commandID = body["command_id"]?.string
    let row = JournalRow(request: request, body: body, conference: conference).text
    let found: Conference? = simulator.withRecord { record in
      if let commandID,
        let first = record.registry.made(
          by: commandID, of: admission.owner, within: admission.dedupe)
      {
        record.journal.duplicates += 1
        return first
      }
      if admission.namesAreUnique, record.registry.isTaken(conference.name) { return nil }
      record.registry.add(conference, commandID: commandID)
      record.journal.executed.append(row)
      return conference
    }
    if let found { return Response(200, ["data": found.json]) }
    return .errors(422, [TelnyxError(.nameActive, "The name is taken by an active conference.", pointer: "/name")])
  }
}
