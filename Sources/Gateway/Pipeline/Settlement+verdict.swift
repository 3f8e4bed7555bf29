extension Settlement {
  convenience init(
    _ verdict: CommandLife.Verdict, of asked: AskedCommand, requestID: String, upstream: AuditEntry.Upstream,
    otherwise: Settlement? = nil
  ) {
    let told = VerdictReply(verdict, requestID: requestID, commandID: asked.commandID)
    self.init(
      commandID: asked.commandID, outcome: told.outcome, reply: StoredReply(told.reply), audit: asked.audit,
      upstream: upstream, otherwise: otherwise)
  }
}
