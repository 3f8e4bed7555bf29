internal import Conference
internal import EventLoop

extension Reply {
  /// The reply to what the gateway refuses: Telnyx's envelope, and what HTTP has to say beside it.
  init(_ refusal: Refusal, requestID: String) {
    self.init(
      status: refusal.status,
      fields: [
        "Content-Type": "application/json",
        // RFC 9209: who made this answer, and why.
        "Proxy-Status": "convene; error=\(refusal.kind.proxyError); details=\"\(refusal.kind.rawValue)\"",
      ],
      body: refusal.envelope(requestID: requestID))
    if let seconds = refusal.retryAfter { fields.append("Retry-After", String(seconds)) }
    if let allow = refusal.allow { fields.append("Allow", allow) }
    if refusal.kind == .unauthenticated { fields.append("WWW-Authenticate", "Bearer") }
    if refusal.kind.repetition == .notByItself { fields.appendShouldNotRetry() }
  }

  init(_ stored: StoredReply) { self.init(status: stored.status, fields: stored.fields, body: stored.body) }
}

extension StoredReply {
  init(_ reply: Reply) { self.init(status: reply.status, fields: reply.fields, body: reply.body) }
}

extension HeaderFields {
  /// Without this field Telnyx's SDKs repeat every 409 and 5xx twice.
  mutating func appendShouldNotRetry() { append("x-should-retry", "false") }
}

extension Refusal {
  static let noSuchOperation = Refusal(
    .notFound, faults: [Fault(.notFound, "no command of your team with this id is remembered")])

  /// - Parameters:
  ///   - detail: what happened; what to do follows.
  ///   - wait: that Telnyx asked for; else until the command has been looked up in the background, if it can be.
  static func outcomeUnknown(_ detail: String, commandID: String, wait: Duration? = nil) -> Refusal {
    let operation = Operation.path(of: commandID)
    return Refusal(
      .outcomeUnknown,
      faults: [
        Fault(
          .timeout,
          "\(detail). After Retry-After ask GET \(operation) what became of it; a repeat with the same command_id makes no"
            + " second conference")
      ], retryAfter: (wait ?? CommandLife.duplicateMemory).wholeSecondsForRetry, operation: operation)
  }
}

extension Duration {
  /// For `Retry-After`: rounded up, 1 to 60.
  package var wholeSecondsForRetry: Int { Int(min(60, max(1, (milliseconds + 999) / 1000))) }
}
