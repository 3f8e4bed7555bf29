package import Audit
internal import EventLoop
internal import Gateway
package import Ledger
package import Logging

/// A ledger's file that a shared ledger takes over: this process's alone meanwhile, as a gateway's would be.
package final class ImportSource {
  /// Rows in one look, and bytes, at most about.
  private static let page: Int64 = 500
  private static let pageBytes = 4 << 20

  package let path: String
  private let connection: SQLiteConnection
  private let store: SQLiteStore

  private init(_ path: String, _ connection: SQLiteConnection, _ store: SQLiteStore) {
    (self.path, self.connection, self.store) = (path, connection, store)
  }

  /// Opens the file, which must be there, has `work` done with it and closes it.
  ///
  /// - Throws: `LedgerError` where it can't be had, and what `work` throws.
  package static func use(_ path: String, logger: Logger, _ work: (ImportSource) throws -> Void) throws {
    // Opening it would make one.
    _ = try LedgerReader(path: path)
    var outcome: Result<Void, any Error> = .success(())
    try LedgerDatabase(path: path, LedgerOptions(), logger: logger).use { () throws(LedgerError) in
    } _: { (connection, reservation, _) throws(LedgerError) in
      let store = try SQLiteStore(connection, reservation, MemoryUse(largest: MemoryUse.largest))
      try store.prepareToServe()
      outcome = Result { try work(ImportSource(path, connection, store)) }
      // What is fatal is to leave the file as it is.
      if case .failure(let error as LedgerError) = outcome, error.isFatal { throw error }
      try store.end()
    }
    try outcome.get()
  }

  // MARK: What it is

  package func pseudonymKey() throws(LedgerError) -> [UInt8]? { try store.meta(.pseudonymKey) }
  package func notes() throws(LedgerError) -> AuditNotes { try store.auditNotes() }
  package func newestRecord() throws(LedgerError) -> AuditChain { try store.newestRecord() }
  package func hasCheckpoint() throws(LedgerError) -> Bool {
    if try store.meta(.checkpoint) != nil { return true }
    return try store.hasCheckpoint(within: 10_000)
  }

  /// Floods whose counts no record tells yet, as records without a number.
  package func countedFloods() throws(LedgerError) -> [AuditRecord] {
    try store.floodNotes().compactMap { AuditRecord(noted: $0.text, as: $0.note) }
  }

  /// How far each of the audit's sinks is behind the newest record; none that isn't.
  package func sinkLags() throws(LedgerError) -> [(sink: String, records: Int64)] {
    let newest = try newestRecord().seq
    var lags: [(sink: String, records: Int64)] = []
    try connection.statement("SELECT name, seq FROM sinks ORDER BY name").forEach { (row) throws(LedgerError) in
      if row.integer(1) < newest { lags.append((row.string(0), newest - row.integer(1))) }
      return true
    }
    return lags
  }

  // MARK: The mark that it is another one's

  package func note() throws(LedgerError) -> ImportNote? {
    try store.meta(.imported).map { ImportNote(text: $0) ?? ImportNote(isDone: false, target: "", time: .now) }
  }

  /// On the disk when this returns.
  package func set(_ note: ImportNote?) throws(LedgerError) {
    try store.begin(reserving: nil, begun: 0, requests: 0)
    do throws(LedgerError) {
      if let note {
        try store.setMeta(.imported, note.text)
      } else {
        try connection.execute("DELETE FROM meta WHERE key = '\(MetaKey.imported.rawValue)'")
      }
      try store.commit()
    } catch {
      store.rollBack()
      throw error
    }
    try store.tidy(begun: 0)
  }

  // MARK: What it has

  /// - Parameter body: gets commands in the order of their rows.
  package func forEachCommands(_ body: ([ImportedCommand]) throws -> Void) throws {
    var last: Int64 = 0
    while true {
      let commands = try commands(after: last)
      guard let row = commands.last?.command.id else { return }
      last = row
      try body(commands)
    }
  }

  private func commands(after row: Int64) throws(LedgerError) -> [ImportedCommand] {
    let select = try connection.statement(
      """
      SELECT commands.id, command_id, team, caller, fingerprint, keyless, iif(settled IS NULL, state, 2), first_sent, boot, \
      boot_sent, settled, name, region, body, token, conference_id, status, fields, reply \
      FROM commands LEFT JOIN outcomes ON outcomes.id = commands.id WHERE commands.id > ?1 ORDER BY commands.id LIMIT ?2
      """)
    select.bind(1, row)
    select.bind(2, Self.page)
    var (commands, bytes): ([ImportedCommand], Int) = ([], 0)
    try select.forEach { (row) throws(LedgerError) in
      let command = try StoredCommand(row)
      let sent = SentCommand(
        body: row.bytes(13), token: row.isNull(14) ? nil : TokenDigest(bytes: row.bytes(14)))
      let outcome = command.settled.map { settled in
        ImportedCommand.Outcome(
          settled: settled, conferenceID: row.isNull(15) ? nil : row.string(15), status: row.integer(16),
          fields: row.bytes(17), body: row.bytes(18))
      }
      commands.append(
        ImportedCommand(
          command, name: row.string(11), region: row.isNull(12) ? nil : row.string(12), sent: sent, outcome: outcome))
      bytes += commands.last?.bytes ?? 0
      return bytes < Self.pageBytes
    }
    return commands
  }

  /// How the limits stand that were used of late: nanoseconds since 1970, by this machine's calendar.
  package func limits() throws(LedgerError) -> [(key: String, nanoseconds: Int64)] {
    let ahead = try store.meta(.limitClock).flatMap { LimitClock.nanosecondsBehind(noted: $0) } ?? 0
    var limits: [(key: String, nanoseconds: Int64)] = []
    try connection.statement("SELECT key, tat FROM limits").forEach { (row) throws(LedgerError) in
      let (moment, isBeyond) = row.integer(1).addingReportingOverflow(ahead)
      limits.append((row.string(0), isBeyond ? .max : moment))
      return true
    }
    return limits
  }

  /// The organization that the newest records name; nil = none does.
  package func organization() throws(LedgerError) -> String? {
    let select = try connection.statement(
      """
      SELECT json_extract(record, '$.organization') FROM (SELECT record FROM audit ORDER BY seq DESC LIMIT 10000) \
      WHERE json_valid(record) AND json_extract(record, '$.organization') IS NOT NULL LIMIT 1
      """)
    return try select.first { (row) throws(LedgerError) in row.string(0) }
  }

  /// The days, counted from 1970 in UTC, that there are records of.
  package func days() throws(LedgerError) -> [Int64] {
    var days: [Int64] = []
    try connection.statement("SELECT DISTINCT time / 86400000000 FROM audit WHERE time >= 0 ORDER BY 1").forEach {
      (row) throws(LedgerError) in
      days.append(row.integer(0))
      return true
    }
    return days
  }

  /// - Parameter body: gets records in their order.
  package func forEachRecords(_ body: ([ImportedRecord]) throws -> Void) throws {
    var last: Int64 = 0
    while true {
      let records = try records(after: last)
      guard let seq = records.last?.seq else { return }
      last = seq
      try body(records)
    }
  }

  private func records(after seq: Int64) throws(LedgerError) -> [ImportedRecord] {
    let select = try connection.statement(
      "SELECT seq, time, team, caller, command_id, decision, record, hash FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2"
    )
    select.bind(1, seq)
    select.bind(2, Self.page)
    var (records, bytes): ([ImportedRecord], Int) = ([], 0)
    try select.forEach { (row) throws(LedgerError) in
      func text(_ column: Int32) -> String? { row.isNull(column) ? nil : row.string(column) }
      let columns = RecordColumns(
        time: WallTime(microseconds: row.integer(1)), team: text(2), caller: text(3), commandID: text(4),
        decision: row.string(5))
      let record = ImportedRecord(seq: row.integer(0), record: row.bytes(6), hash: row.bytes(7), columns: columns)
      records.append(record)
      bytes += 256 + record.record.count
      return bytes < Self.pageBytes
    }
    return records
  }
}
