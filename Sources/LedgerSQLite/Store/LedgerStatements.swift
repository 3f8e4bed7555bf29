internal import Ledger

/// Every statement that the ledger's thread runs, compiled once.
final class LedgerStatements {
  let begin, commit, rollback, pageCount: PreparedStatement

  let findCommand, commandInRow, readReply, readBody, readName: PreparedStatement
  let insertCommand, markCommand, noteToken, insertOutcome, deleteCommand, deleteOutcome: PreparedStatement
  let commandBefore, commandBehind, conferenceOwner, conferencesOfName, unknownNames: PreparedStatement
  let unknownBefore, unknownBehind: PreparedStatement
  let oldestCommands, newestCommands, newestRow, unknownCommands, sendingCommands: PreparedStatement
  let countUnknown: PreparedStatement
  let readOwner, insertOwner, newestOutcomes, oldOwners, deleteOwner: PreparedStatement

  let readLimit, writeLimit, moveLimits: PreparedStatement

  let insertRecord, lastRecord, recordsFrom, oldestRecords, deleteRecords, checkpoints: PreparedStatement

  let readSink, writeSink: PreparedStatement
  let readMeta, writeMeta, deleteMeta, readFloodNotes: PreparedStatement

  init(_ connection: SQLiteConnection) throws(LedgerError) {
    func prepare(_ sql: String) throws(LedgerError) -> PreparedStatement { try connection.statement(sql) }
    // IMMEDIATE: a lock that another process holds shows here, before anything is done.
    begin = try prepare("BEGIN IMMEDIATE")
    commit = try prepare("COMMIT")
    rollback = try prepare("ROLLBACK")
    pageCount = try prepare("PRAGMA page_count")

    findCommand = try prepare("SELECT \(StoredCommand.columns) WHERE command_id = ?1")
    commandInRow = try prepare("SELECT \(StoredCommand.columns) WHERE commands.id = ?1")
    readReply = try prepare("SELECT status, fields, reply, conference_id FROM outcomes WHERE id = ?1")
    readBody = try prepare("SELECT body, token FROM commands WHERE id = ?1")
    noteToken = try prepare("UPDATE commands SET token = ?2 WHERE id = ?1")
    readName = try prepare("SELECT name FROM commands WHERE id = ?1")
    insertCommand = try prepare(
      """
      INSERT INTO commands (command_id, team, caller, fingerprint, keyless, state, first_sent, boot, boot_sent, name, \
      region, body, id, token) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
      ON CONFLICT (command_id) DO NOTHING
      """)
    markCommand = try prepare("UPDATE commands SET state = ?2 WHERE id = ?1")
    insertOutcome = try prepare(
      "INSERT INTO outcomes (id, settled, conference_id, status, fields, reply) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
    deleteCommand = try prepare("DELETE FROM commands WHERE id = ?1")
    deleteOutcome = try prepare("DELETE FROM outcomes WHERE id = ?1")
    commandBefore = try prepare(
      "SELECT first_sent, boot, boot_sent FROM commands WHERE id < ?1 ORDER BY id DESC LIMIT 1")
    commandBehind = try prepare("SELECT first_sent, boot, boot_sent FROM commands WHERE id > ?1 ORDER BY id LIMIT 1")
    conferenceOwner = try prepare(
      "SELECT id FROM outcomes WHERE id BETWEEN ?1 AND ?2 AND id <> ?3 AND conference_id = ?4 LIMIT 1")
    conferencesOfName = try prepare(
      """
      SELECT conference_id FROM commands JOIN outcomes ON outcomes.id = commands.id \
      WHERE commands.id BETWEEN ?1 AND ?2 AND commands.id <> ?3 AND name = ?4 AND conference_id IS NOT NULL LIMIT ?5
      """)
    unknownNames = try prepare(
      """
      SELECT name, first_sent, boot, boot_sent FROM commands WHERE state = 3 AND id BETWEEN ?1 AND ?2 AND id <> ?3
      """)
    unknownBefore = try prepare(
      "SELECT id, first_sent, boot, boot_sent FROM commands WHERE state = 3 AND id < ?1 ORDER BY id DESC LIMIT 1")
    unknownBehind = try prepare(
      "SELECT id, first_sent, boot, boot_sent FROM commands WHERE state = 3 AND id > ?1 ORDER BY id LIMIT 1")
    oldestCommands = try prepare(
      """
      SELECT commands.id, state, settled, first_sent, boot, boot_sent FROM commands LEFT JOIN outcomes ON outcomes.id = commands.id \
      WHERE commands.id > ?1 ORDER BY commands.id LIMIT ?2
      """)
    newestCommands = try prepare("SELECT \(StoredCommand.columnsWithoutOutcome) ORDER BY id DESC")
    newestRow = try prepare("SELECT coalesce((SELECT max(id) FROM commands), 0)")
    unknownCommands = try prepare("SELECT \(StoredCommand.columnsWithoutOutcome) WHERE state = 3")
    // Goes through their index alone.
    countUnknown = try prepare("SELECT count(*) FROM commands WHERE state = 3")
    sendingCommands = try prepare(
      "SELECT \(StoredCommand.columns) WHERE commands.id BETWEEN ?1 AND ?2 AND state = 1 AND settled IS NULL")

    readOwner = try prepare("SELECT team, token FROM conferences WHERE id = ?1")
    insertOwner = try prepare(
      "INSERT INTO conferences SELECT ?2, team, token, ?3 FROM commands WHERE id = ?1 ON CONFLICT (id) DO NOTHING")
    newestOutcomes = try prepare(
      """
      SELECT commands.id, conference_id, settled, first_sent FROM commands JOIN outcomes ON outcomes.id = commands.id \
      WHERE conference_id IS NOT NULL ORDER BY commands.id DESC
      """)
    oldOwners = try prepare("SELECT id, settled FROM conferences WHERE id > ?1 ORDER BY id LIMIT ?2")
    deleteOwner = try prepare("DELETE FROM conferences WHERE id = ?1")

    readLimit = try prepare("SELECT tat FROM limits WHERE key = ?1")
    writeLimit = try prepare(
      "INSERT INTO limits (key, tat) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET tat = excluded.tat")
    moveLimits = try prepare("UPDATE limits SET tat = tat + ?1 WHERE ?1 <> 0")

    insertRecord = try prepare(
      """
      INSERT INTO audit (seq, time, team, caller, command_id, decision, record, hash) \
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
      """)
    lastRecord = try prepare("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
    recordsFrom = try prepare("SELECT seq, record, hash FROM audit WHERE seq >= ?1 ORDER BY seq LIMIT ?2")
    oldestRecords = try prepare("SELECT seq, time, hash FROM audit ORDER BY seq LIMIT ?1")
    deleteRecords = try prepare("DELETE FROM audit WHERE seq <= ?1")

    checkpoints = try prepare(
      """
      SELECT 1 FROM audit WHERE decision = 'checkpoint' AND (seq <= (SELECT min(seq) FROM audit) + ?1 \
      OR seq >= (SELECT max(seq) FROM audit) - ?1) LIMIT 1
      """)

    readSink = try prepare("SELECT seq FROM sinks WHERE name = ?1")
    writeSink = try prepare(
      "INSERT INTO sinks (name, seq) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq")
    readMeta = try prepare("SELECT value FROM meta WHERE key = ?1")
    writeMeta = try prepare(
      "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
    deleteMeta = try prepare("DELETE FROM meta WHERE key = ?1")
    // ';' is what follows ':'.
    readFloodNotes = try prepare("SELECT key, value FROM meta WHERE key > 'flood:' AND key < 'flood;' ORDER BY key")
  }

  /// How large the database is.
  func pages() throws(LedgerError) -> Int64 {
    try pageCount.first { (row) throws(LedgerError) in row.integer(0) } ?? 0
  }
}
