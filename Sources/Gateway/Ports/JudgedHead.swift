internal import Conference

/// What the pipeline makes of a request's head. Only what the head says counts here: who calls, what for, and under which
/// names; so nothing is kept of the body of a request that is refused for any of these, nor is it waited for.
package final class JudgedHead: Sendable {
  enum Verdict: Sendable {
    /// By whomever it was sent, if that is known.
    case refused(Refusal, AuthenticatedCaller?, CallTarget?)
    case create(AuthenticatedCaller, CommandHead)
    case explain(AuthenticatedCaller, CommandHead)
    case operation(commandID: String, AuthenticatedCaller)
    case call(CallTarget, AuthenticatedCaller)

    /// nil where it is the create, or none that Telnyx has.
    var call: ConferenceCall? {
      switch self {
      case .call(let target, _), .refused(_, _, let target?): target.call
      case .create, .explain, .operation, .refused: nil
      }
    }

    /// nil where nobody knows who calls.
    var caller: AuthenticatedCaller? {
      switch self {
      case .refused(_, let caller, _): caller
      case .create(let caller, _), .explain(let caller, _), .operation(_, let caller), .call(_, let caller): caller
      }
    }
  }

  /// nil at the admin listener, and where there is no pipeline.
  let verdict: Verdict?
  /// By which it was judged: the request is judged by no other.
  let snapshot: GatewaySnapshot?
  /// The answer depends on the body.
  package let needsBody: Bool
  /// What its caller holds; nil where nobody knows who calls.
  package let share: CallerShare?

  init(_ verdict: Verdict, by snapshot: GatewaySnapshot) {
    self.verdict = verdict
    self.snapshot = snapshot
    switch verdict {
    case .create(let caller, _), .explain(let caller, _): (needsBody, share) = (true, caller.share)
    case .operation(_, let caller): (needsBody, share) = (false, caller.share)
    case .call(let target, let caller): (needsBody, share) = (!target.call.isRead, caller.share)
    case .refused(_, let caller, _): (needsBody, share) = (false, caller?.share)
    }
  }

  package init(needsBody: Bool, share: CallerShare? = nil) {
    verdict = nil
    snapshot = nil
    self.needsBody = needsBody
    self.share = share
  }
}
