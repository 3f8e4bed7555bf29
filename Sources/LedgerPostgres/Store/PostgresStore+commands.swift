internal import EventLoop
internal import Gateway
internal import JSON
internal import Ledger

extension PostgresStore {
  /// What there is of a command: as this transaction leaves it, as it was read, or as it is read now.
  private func fact(_ commandID: String) throws(LedgerError) -> Fact? {
    let key = ByteString(commandID)
    if let changed = changed[key] { return changed }
    if !facts.isKnown(key) { try look(at: [commandID]) }
    return facts[key]
  }

  private func fact(inRow row: Int64) throws(LedgerError) -> Fact? {
    if let key = facts.key(ofRow: row) { return changed[key] ?? facts[key] }
    let rows = try read("command_v1", row)
    guard rows.rows == 1 else { return nil }
    return try Fact(rows, 0, reader: session.writer, behindName: 1)
  }

  func command(_ commandID: String) throws(LedgerError) -> StoredCommand? { try fact(commandID)?.command }
  func command(inRow row: Int64) throws(LedgerError) -> StoredCommand? { try fact(inRow: row)?.command }
  func reply(ofRow row: Int64) throws(LedgerError) -> StoredReply? { try fact(inRow: row)?.reply }
  func conference(ofRow row: Int64) throws(LedgerError) -> String? { try fact(inRow: row)?.conferenceID }

  func sent(inRow row: Int64) throws(LedgerError) -> SentCommand? {
    if let fact = try fact(inRow: row), let body = fact.body { return SentCommand(body: body, token: fact.token) }
    let rows = try read("command_v1", row)
    return rows.rows == 1 ? try Fact(rows, 0, reader: session.writer, behindName: 1).sent : nil
  }

  func name(inRow row: Int64) throws(LedgerError) -> String? {
    if let name = sending.name(row), !name.isEmpty { return name }
    if let name = buffer.name(ofRow: row) { return name }
    let rows = try read("command_v1", row)
    return rows.rows == 1 ? rows.text(0, StoredCommand.columns) : nil
  }

  // MARK: Changes

  private func change(_ key: ByteString, _ fact: Fact) {
    changed[key] = fact
    facts.note(row: fact.command.id, key)
  }

  func insert(_ command: StoredCommand, from admission: Admission) throws(LedgerError) -> StoredCommand? {
    let key = ByteString(command.commandID)
    if try fact(command.commandID) != nil { return nil }
    let command = owned(command, attempt: 1)
    buffer.insert(command, from: admission)
    charges.use(key)
    change(key, Fact(command, body: admission.body, token: admission.token))
    return command
  }

  private func owned(_ command: StoredCommand, attempt: Int32) -> StoredCommand {
    var owned = command
    owned.holder = StoredCommand.Holder(writer: session.writer, attempt: attempt)
    return owned
  }

  func mark(_ command: StoredCommand, _ state: StoredCommand.State) throws(LedgerError) -> StoredCommand {
    let attempt = buffer.mark(command, state)
    var marked = owned(command, attempt: attempt)
    marked.state = state
    // Its bytes are read anew where somebody wants them.
    let before = try? fact(command.commandID)
    change(ByteString(command.commandID), Fact(marked, body: before?.body, token: before?.token))
    return marked
  }

  func noteToken(_ token: TokenDigest, of command: StoredCommand) throws(LedgerError) {
    buffer.noteToken(token, ofRow: command.id)
  }

  func insertOutcome(
    of command: StoredCommand, settled: WallTime, conferenceID: String, reply: StoredReply
  ) throws(LedgerError) {
    buffer.settle(command, at: settled, conferenceID, reply)
    var done = command
    done.state = .done
    done.settled = settled
    let fact = Fact(done)
    fact.reply = reply
    fact.conferenceID = conferenceID
    change(ByteString(command.commandID), fact)
  }

  func delete(_ command: StoredCommand) throws(LedgerError) {
    if command.state == .done { buffer.deleteDone(row: command.id) } else { buffer.delete(command) }
    changed[ByteString(command.commandID)] = .some(nil)
  }

  func deleteDone(row: Int64) throws(LedgerError) { buffer.deleteDone(row: row) }

  func owns(_ command: StoredCommand) -> Bool { command.holder.writer == session.writer }

  func holds(_ command: StoredCommand) throws(LedgerError) -> Bool {
    let key = ByteString(command.commandID)
    // What was not read for this batch nobody has contested.
    guard facts.isKnown(key) else { return true }
    guard let found = facts[key]?.command else { return false }
    return found.id == command.id && found.holder.writer == session.writer
      && found.holder.attempt == command.holder.attempt && found.state != .done
  }
}
