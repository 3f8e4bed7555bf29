extension Settlement {
  convenience init(
    _ verdict: CommandLife.Verdict, of exchange: Exchange, upstream: AuditEntry.Upstream?, otherwise: Settlement? = nil
  ) {
    let told = VerdictReply(verdict, requestID: exchange.requestID, commandID: exchange.commandID)
    self.init(
      commandID: exchange.commandID, outcome: told.outcome, reply: StoredReply(told.reply),
      audit: exchange.takeAudit(), upstream: upstream, otherwise: otherwise)
  }
}
