internal import Conference

/// What the caller gets, and what the ledger keeps, for each way in which a command's life can end: one row of the
/// life-of-a-command table a case.
struct VerdictReply {
  let outcome: Settlement.Outcome
  let reply: Reply

  init(_ verdict: CommandLife.Verdict, requestID: String, commandID: String) {
    switch verdict {
    case .executed(let upstream, let conferenceID):
      outcome = .done(conferenceID: conferenceID)
      reply = Reply(verbatim: upstream)
    case .rejected(let upstream):
      outcome = .free
      reply = Reply(verbatim: upstream)
    case .throttled(let upstream):
      outcome = .free
      var throttled = Reply(verbatim: upstream)
      // SDKs heed a Retry-After of 60 s at most, and Telnyx documents none: its reset stands in.
      throttled.fields = throttled.fields.without(Self.retryAfter)
      throttled.fields.append("Retry-After", String(upstream.secondsToWait))
      reply = throttled
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
    case .unknown:
      outcome = .unknown
      reply = Reply(
        .outcomeUnknown(
          "the conference may have been created: Telnyx gave no clear answer. Repeating with the same command_id is safe",
          commandID: commandID), requestID: requestID)
    }
  }

  private static let retryAfter = FieldNames(["retry-after"])
}

extension Reply {
  /// Telnyx's own, in status and body.
  fileprivate init(verbatim upstream: UpstreamReply) {
    self.init(status: upstream.status, fields: upstream.fields, body: upstream.body)
    if status == 409 { fields.appendShouldNotRetry() }
  }
}

extension UpstreamReply {
  /// 1 to 60, from `Retry-After` or `x-ratelimit-reset`.
  fileprivate var secondsToWait: Int {
    for name in ["retry-after", "x-ratelimit-reset"] {
      if let text = fields.value(of: name), let seconds = Int(text) {
        return min(60, max(1, seconds))
      }
    }
    return 1
  }
}
