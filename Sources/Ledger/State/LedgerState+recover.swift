internal import Audit
internal import EventLoop
internal import Gateway
internal import Logging

extension LedgerState {
  /// What an earlier process left behind. Before anyone is answered: every intent without an outcome may have been
  /// executed, so it becomes unknown and gets a record that says so; and the keyless commands of the last seconds can be
  /// joined again.
  func recover() throws(LedgerError) {
    let now = now
    try adopt(try orphans(), at: now)
    try recallKeyless(at: now)
  }

  /// Makes what others have left one's own, of unknown outcome.
  func adopt(_ orphans: [StoredCommand], at now: DualClockInstant) throws(LedgerError) {
    if !orphans.isEmpty {
      // Together, whatever their number: half a recovery would be told twice.
      try transaction(outcomesOnly: true) { () throws(LedgerError) in
        for command in orphans {
          _ = try take(command, .unknown, at: now)
        }
      }
      logger.warning("commands whose outcome is unknown were recovered", metadata: ["count": "\(orphans.count)"])
    }
  }

  /// Makes a command one's own that nobody is sending. Where somebody was, nobody knows what became of that, and this is put on the
  /// record; of one that was of unknown outcome before it is there already.
  ///
  /// - Parameter state: that it has from now on.
  func take(
    _ command: StoredCommand, _ state: StoredCommand.State, at now: DualClockInstant
  ) throws(LedgerError) -> StoredCommand {
    let taken = try mark(command, state)
    if command.state == .sending { try write(try recovered(command, at: now, .unknown)) }
    return taken
  }

  /// The commands that were being sent: what was noted of them, and what came after the note.
  private func orphans() throws(LedgerError) -> [StoredCommand] {
    let note = try store.inFlightNote()
    var orphans: [StoredCommand] = []
    for range in note.rows.map({ $0...$0 }) + [(note.last + 1)...Int64.max] {
      orphans += try store.sendingCommands(inRows: range)
    }
    return orphans
  }

  /// A record about a command, not about a request.
  func recovered(
    _ command: StoredCommand, at now: DualClockInstant, _ outcome: AuditEntry.Outcome,
    _ change: (inout AuditEntry) -> Void = { _ in }
  ) throws(LedgerError) -> AuditRecord {
    var entry = AuditEntry(
      organization: options.organization, peer: "", requestID: "", received: .now,
      configuration: options.configuration, decision: .recovered)
    entry.team = command.team
    entry.caller = command.caller
    entry.commandID = command.commandID
    entry.note(sent: try readSent(command).body, pseudonyms)
    entry.outcome = outcome
    change(&entry)
    return AuditRecord(entry: entry, time: now.wall)
  }

  private func recallKeyless(at now: DualClockInstant) throws(LedgerError) {
    let recent = try store.newestKeyless(keyless.capacity) { now.isWithin(keyless.memory, after: $0) }
    for command in recent.reversed() { keyless.note(command, as: command.keylessState, retries: 0, at: now) }
    keyless.commit()
  }
}
