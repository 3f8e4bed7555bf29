internal import Conference

/// What the caller gets, and what the ledger keeps, for each way in which a command's life can end: one row of the
/// life-of-a-command table a case.
struct VerdictReply {
  let outcome: Settlement.Outcome
  let reply: Reply

  init(_ verdict: CommandLife.Verdict, requestID: String, commandID: String) {
    switch verdict {
    // Of another call than a create: nothing of it is replayed.
    case .passed(let upstream):
      outcome = .free
      reply = Reply(verbatim: upstream, requestID: requestID)
    case .executed(let upstream, let conferenceID):
      outcome = .done(conferenceID: conferenceID)
      reply = Reply(verbatim: upstream, requestID: requestID)
    case .rejected(let upstream):
      outcome = .free
      reply = Reply(verbatim: upstream, requestID: requestID)
    case .throttled(let upstream):
      outcome = .free
      reply = Reply(verbatim: upstream, wait: upstream.wait ?? .zero, requestID: requestID)
    case .tokenRefused(let upstream):
      outcome = .free
      reply = Reply(
        Refusal(
          .upstreamRefusedToken,
          faults: [
            Fault(.unexpected, "Telnyx refused this gateway's own token (\(upstream.status)); your key is not to blame")
          ]), requestID: requestID)
    case .redirected(let upstream):
      outcome = .free
      reply = Reply(
        Refusal(
          .upstreamRedirect,
          faults: [Fault(.unexpected, "Telnyx answered with a redirect (\(upstream.status)), which is not followed")]),
        requestID: requestID)
    case .notSent(let failure):
      outcome = .free
      reply = Reply(
        .unavailable(.notSent, "Telnyx could not be reached (\(failure.name)); nothing was sent"), requestID: requestID)
    case .unknown(let last):
      outcome = .unknown
      reply = Reply(
        .outcomeUnknown(
          "Telnyx gave no clear answer: the conference may have been created", commandID: commandID, wait: last?.wait),
        requestID: requestID)
    }
  }
}

extension Reply {
  /// Telnyx's own, in status and body.
  init(verbatim upstream: UpstreamReply, requestID: String) {
    // Nearly always there is none.
    let says = upstream.status >= 400 && upstream.fields.contains("retry-after")
    self.init(verbatim: upstream, wait: says ? upstream.wait : nil, drops: says, requestID: requestID)
  }

  /// - Parameter wait: for `Retry-After`, in whole seconds of which SDKs heed 60 at most. nil = none.
  fileprivate init(verbatim upstream: UpstreamReply, wait: Duration?, drops: Bool = true, requestID: String) {
    self.init(
      status: upstream.status, fields: drops ? upstream.fields.without(Self.retryAfter) : upstream.fields,
      body: upstream.body)
    if let unreadable = upstream.unreadable { replaceBody(unreadable, requestID: requestID) }
    if let wait { fields.append("Retry-After", String(wait.wholeSecondsForRetry)) }
    if status == 409 { fields.appendShouldNotRetry() }
  }

  /// The status is Telnyx's still, and what its fields say beside the body. A client could do nothing with an empty body of
  /// JSON, or with one that it can't decode.
  private mutating func replaceBody(_ unreadable: TransportFailure, requestID: String) {
    let own = Reply(
      Refusal(
        .upstreamUnreadable,
        faults: [
          Fault(
            .unexpected,
            "Telnyx answered \(status), and its reply can't be read (\(unreadable.name): \(unreadable.detail))")
        ]), requestID: requestID)
    fields = fields.without(Self.ofBody)
    for entry in own.fields.entries { fields.append(own.fields.bytes[entry.name], own.fields.bytes[entry.value]) }
    body = own.body
  }

  /// What is said of a body and its form (RFC 9110, section 8), or by another proxy of its own error.
  private static let ofBody = FieldNames([
    "content-type", "content-encoding", "content-language", "content-location", "content-range", "content-disposition",
    "content-md5", "content-digest", "repr-digest", "etag", "last-modified", "proxy-status",
  ])
  private static let retryAfter = FieldNames(["retry-after"])
}
