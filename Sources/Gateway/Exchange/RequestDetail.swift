internal import Conference

/// What a request's own line of the log says of it, kept only while the log has such lines.
final class RequestDetail {
  /// `other` where it is none that HTTP has. Neither a made-up one nor the path is repeated here: some client's mistake may have put
  /// its key there.
  let method: String
  let peer: Peer
  var route: String?
  var commandID: String?
  /// Sends so far, those of earlier requests not counted.
  var attempts = 0
  /// Why the gateway refuses it.
  var refusal: Refusal?
  private(set) var outcome: AuditEntry.Outcome?
  /// What Telnyx said last.
  private(set) var upstream: AuditEntry.Upstream?

  init(_ request: IncomingRequest) {
    method = Self.methods.contains(request.method) ? request.method : "other"
    peer = request.peer
  }

  /// RFC 9110, section 9, and RFC 5789.
  private static let methods: Set<String> = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
  ]

  func note(_ verdict: JudgedHead.Verdict) {
    switch verdict {
    case .create: route = "create"
    case .explain: route = "explain"
    case .operation(let commandID, _): (route, self.commandID) = ("operation", commandID)
    case .call(let target, _): route = target.call.name
    case .refused(_, _, let target): route = target?.call.name
    }
  }

  func note(_ settlement: Settlement) {
    outcome = settlement.outcome.audited
    upstream = settlement.upstream
  }

  /// What came of a call that was passed on.
  func note(_ closed: AuditEntry) { (outcome, upstream) = (closed.outcome, closed.upstream) }
}
