internal import EventLoop
internal import Gateway
internal import Ledger

extension SQLiteStore {
  func command(_ commandID: String) throws(LedgerError) -> StoredCommand? {
    statements.findCommand.bind(1, commandID)
    return try statements.findCommand.first { (row) throws(LedgerError) in try StoredCommand(row) }
  }

  func command(inRow row: Int64) throws(LedgerError) -> StoredCommand? {
    statements.commandInRow.bind(1, row)
    return try statements.commandInRow.first { (row) throws(LedgerError) in try StoredCommand(row) }
  }

  func reply(ofRow row: Int64) throws(LedgerError) -> StoredReply? {
    statements.readReply.bind(1, row)
    return try statements.readReply.first { (row) throws(LedgerError) in
      StoredReply(
        status: Int(row.integer(0)), fields: try StoredReply.decodeFields(row.bytes(1)), body: row.bytes(2))
    }
  }

  func conference(ofRow row: Int64) throws(LedgerError) -> String? {
    statements.readReply.bind(1, row)
    return try statements.readReply.first { (row) throws(LedgerError) in row.isNull(3) ? nil : row.string(3) } ?? nil
  }

  func sent(inRow row: Int64) throws(LedgerError) -> SentCommand? {
    statements.readBody.bind(1, row)
    return try statements.readBody.first { (row) throws(LedgerError) in
      SentCommand(body: row.bytes(0), token: row.isNull(1) ? nil : TokenDigest(bytes: row.bytes(1)))
    }
  }

  func name(inRow row: Int64) throws(LedgerError) -> String? {
    statements.readName.bind(1, row)
    return try statements.readName.first { (row) throws(LedgerError) in row.string(0) }
  }

  func insert(_ command: StoredCommand, from admission: Admission) throws(LedgerError) -> StoredCommand? {
    let insert = statements.insertCommand
    insert.bind(1, command.commandID)
    insert.bind(2, command.team)
    insert.bind(3, command.caller)
    insert.bind(4, command.fingerprint)
    insert.bind(5, command.isKeyless ? 1 : 0)
    insert.bind(6, command.state.rawValue)
    insert.bind(7, command.firstSent.wall.microseconds)
    insert.bind(8, command.firstSent.boot)
    insert.bind(9, command.firstSent.sinceBoot)
    insert.bind(10, admission.conferenceName)
    insert.bind(11, admission.region)
    insert.bind(12, admission.body)
    insert.bind(13, command.id)
    insert.bind(14, admission.token.bytes)
    return try insert.runCounting() == 1 ? command : nil
  }

  func mark(_ command: StoredCommand, _ state: StoredCommand.State) throws(LedgerError) -> StoredCommand {
    statements.markCommand.bind(1, command.id)
    statements.markCommand.bind(2, state.rawValue)
    try statements.markCommand.run()
    var marked = command
    marked.state = state
    return marked
  }

  func noteToken(_ token: TokenDigest, of command: StoredCommand) throws(LedgerError) {
    statements.noteToken.bind(1, command.id)
    statements.noteToken.bind(2, token.bytes)
    try statements.noteToken.run()
  }

  func insertOutcome(
    of command: StoredCommand, settled: WallTime, conferenceID: String, reply: StoredReply
  ) throws(LedgerError) {
    let insert = statements.insertOutcome
    insert.bind(1, command.id)
    insert.bind(2, settled.microseconds)
    insert.bind(3, conferenceID)
    insert.bind(4, Int64(reply.status))
    insert.bind(5, reply.encodedFields)
    insert.bind(6, reply.body)
    try insert.run()
    if remembersConferences { try remember(conferenceID, of: command.id, settled: settled) }
    // Found by a look-up: it leaves the index of those that are unknown.
    if command.state == .unknown { _ = try mark(command, .sending) }
  }

  func delete(_ command: StoredCommand) throws(LedgerError) { try deleteDone(row: command.id) }

  func deleteDone(row: Int64) throws(LedgerError) {
    for delete in [statements.deleteCommand, statements.deleteOutcome] {
      delete.bind(1, row)
      try delete.run()
    }
  }
}
