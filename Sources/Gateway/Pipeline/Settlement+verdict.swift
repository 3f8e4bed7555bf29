extension Settlement {
  convenience init(
    _ verdict: CommandLife.Verdict, of sending: Sending, requestID: String, upstream: AuditEntry.Upstream,
    otherwise: Settlement? = nil
  ) {
    let asked = sending.asked
    let told = VerdictReply(verdict, requestID: requestID, commandID: asked.commandID)
    self.init(
      commandID: asked.commandID, outcome: told.outcome, reply: StoredReply(told.reply), audit: asked.audit,
      upstream: upstream, otherwise: otherwise, resent: sending.isResend ? sending.body : nil)
  }
}
