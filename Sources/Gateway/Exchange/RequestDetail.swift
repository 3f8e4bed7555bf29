internal import Conference

/// What a request's own line of the log says of it, kept only while the log has such lines.
final class RequestDetail {
  /// Texts of the caller's: the first bytes of each.
  let method: String
  /// Without the query, which might hold what is nobody's business.
  let path: String
  let peer: Peer
  var route: String?
  var commandID: String?
  /// As the record calls it; nil for what has no record.
  var decision: AuditEntry.Decision?
  /// Sends so far, those of earlier requests not counted.
  var attempts = 0
  /// Why the gateway refuses it.
  private(set) var refusal: Refusal?
  private(set) var outcome: Settlement.Outcome?
  /// What Telnyx said last.
  private(set) var upstream: AuditEntry.Upstream?

  init(_ request: IncomingRequest) {
    method = AuditText(request.method).text
    path = AuditText(RequestPath(request.target).path).text
    peer = request.peer
  }

  func note(_ verdict: JudgedHead.Verdict) {
    switch verdict {
    case .create: route = "create"
    case .explain: route = "explain"
    case .operation(let commandID, _): (route, self.commandID) = ("operation", commandID)
    case .refused: break
    }
  }

  func note(_ refusal: Refusal) {
    self.refusal = refusal
    switch refusal.kind {
    case .limited: decision = .limited
    case .otherBody, .inFlight, .undecided: decision = .conflict
    default: decision = .refused
    }
  }

  func note(_ settlement: Settlement) {
    decision = .forwarded
    outcome = settlement.outcome
    upstream = settlement.upstream
  }
}
