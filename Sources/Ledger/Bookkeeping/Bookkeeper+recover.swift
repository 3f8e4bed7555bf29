internal import EventLoop
internal import Gateway
internal import Logging

extension Bookkeeper {
  /// What an earlier process left behind. Before anyone is answered: every intent without an outcome may have been
  /// executed, so it becomes unknown and gets a record that says so; and the keyless commands of the last seconds can be
  /// joined again.
  func recover() throws(LedgerError) {
    let now = now
    var orphans: [StoredCommand] = []
    statements.unsettledCommands.bind(1, StoredCommand.State.sending.rawValue)
    try statements.unsettledCommands.forEach { (row) throws(LedgerError) in
      orphans.append(try StoredCommand(row))
      return true
    }
    if !orphans.isEmpty {
      // Together, whatever their number: half a recovery would be told twice.
      try transaction(outcomesOnly: true) { () throws(LedgerError) in
        for command in orphans {
          try markUnknown(command, at: now.wall)
          try write(recovered(command, at: now))
        }
      }
      logger.warning("commands whose outcome is unknown were recovered", metadata: ["count": "\(orphans.count)"])
    }
    try recallKeyless(at: now)
  }

  /// A record about a command, not about a request.
  func recovered(_ command: StoredCommand, at now: Moment, status: Int = 0, rule: String? = nil) -> AuditRecord {
    var entry = AuditEntry(
      organization: options.organization, peer: "", requestID: "", received: .now,
      configuration: options.configuration, decision: .recovered)
    entry.team = command.team
    entry.caller = command.caller
    entry.commandID = command.commandID
    entry.status = status
    entry.rule = rule
    return AuditRecord(entry: entry, time: now.wall)
  }

  private func recallKeyless(at now: Moment) throws(LedgerError) {
    var recent: [StoredCommand] = []
    try statements.newestCommands.forEach { (row) throws(LedgerError) in
      guard now.isWithin(CommandLife.resendWindow, after: StoredCommand.firstSent(row)) else { return false }
      if StoredCommand.isKeyless(row) { recent.append(try StoredCommand(row)) }
      return recent.count < keyless.capacity
    }
    for command in recent.reversed() { keyless.note(command, at: now) }
    keyless.commit()
  }
}
