extension Routes {
  /// Takes a call other than a create in before anything becomes of it, with the fault that its own header may name.
  func receive(_ request: Request, _ kind: CallKind) throws(FaultSpecError) -> ReceivedCall {
    let asked = try askedFault(request)
    let fault = simulator.withSettings { asked ?? $0[faultsOf: kind].next() }
    let path = request.head.target.path
    let id = path.count > 1 ? simulator.withRecord { $0.registry.resolve(path[1])?.id } ?? path[1] : nil
    let call = LoggedCall(request, conferenceID: id, outcome: fault.instead == nil ? .received : .prevented)
    return ReceivedCall(fault: fault, number: simulator.withCalls { $0.add(call) })
  }

  /// Answers such a call, and notes what has become of it.
  func answer(_ request: Request, _ call: ReceivedCall) -> Response {
    let (response, outcome) = decide(request)
    simulator.withCalls { $0.note(outcome, of: call.number) }
    return response
  }

  private func decide(_ request: Request) -> (Response, CallOutcome) {
    if request.head.method == "POST", let name = request.head.action { return act(request, named: name) }
    let response = reply(to: request)
    return (response, response.status < 300 ? .executed : .refused)
  }

  /// `GET /simulator/calls`: what was received, of one conference or of all.
  func showCalls(_ request: Request) -> Response {
    let target = request.head.target
    guard let start = Int(target.parameter("since") ?? "0"), start >= 0 else { return refuse("since must be an index") }
    let conference = target.parameter("conference")
    return Response(200, body: simulator.withCalls { $0.text(since: start, of: conference) })
  }
}
