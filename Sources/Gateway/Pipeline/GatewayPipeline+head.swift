internal import Conference
internal import Policy

/// What is decided before there is a body.
extension GatewayPipeline {
  package func judge(_ head: ArrivedHead) -> JudgedHead {
    head.surface == .callers
      ? JudgedHead(verdict(on: head), by: snapshot) : JudgedHead(needsBody: mayNameLogLevel(head))
  }

  /// Everything that can be wrong with a head, in the order in which it is told.
  func verdict(on head: ArrivedHead) -> JudgedHead.Verdict {
    var caller: AuthenticatedCaller?
    var target: CallTarget?
    do throws(Refusal) {
      let route = try route(head)
      if case .call(let called) = route { target = called }
      let authenticated = try authenticate(head)
      caller = authenticated
      try checkNames(head)
      switch route {
      case .create: return .create(authenticated, try expectCommand(head))
      case .explain: return .explain(authenticated, try expectCommand(head))
      case .operation(let commandID): return .operation(commandID: commandID, authenticated)
      case .call(let target):
        try expectCall(target, head, from: authenticated)
        return .call(target, authenticated)
      }
    } catch {
      return .refused(error, caller, target)
    }
  }

  /// The head says what is asked for. Anything wrong with the head itself comes first: then nothing it says counts.
  private func route(_ head: ArrivedHead) throws(Refusal) -> Route {
    if let fault = head.fault { throw fault }
    return try Route(method: head.method, target: head.target)
  }

  /// Who calls? A stranger learns nothing else, not even that the body is too large.
  private func authenticate(_ head: ArrivedHead) throws(Refusal) -> AuthenticatedCaller {
    try snapshot.callers.authenticate(head)
  }

  /// Under which names will it be looked for?
  private func checkNames(_ head: ArrivedHead) throws(Refusal) {
    try RequestID.check(head.fields)
  }

  /// May its team make it, and can its body be one?
  private func expectCall(
    _ target: CallTarget, _ head: ArrivedHead, from caller: AuthenticatedCaller
  ) throws(Refusal) {
    try caller.team.callPolicy.check(target.call)
    guard !target.call.isRead else { return }
    if let fault = head.bodyFault, fault.kind != .lengthRequired { throw fault }
    // Without a body there is nothing to be of a type.
    if head.fields.contains("content-type") { _ = try CommandHead(head.fields) }
  }

  /// Can its body be a command?
  private func expectCommand(_ head: ArrivedHead) throws(Refusal) -> CommandHead {
    if let fault = head.bodyFault { throw fault }
    return try CommandHead(head.fields)
  }
}
