internal import Audit
internal import EventLoop
internal import Ledger

extension SQLiteStore {
  func insertRecord(_ text: [UInt8], _ place: AuditChain, _ columns: RecordColumns) throws(LedgerError) {
    let insert = statements.insertRecord
    insert.bind(1, place.seq)
    insert.bind(2, columns.time.microseconds)
    insert.bind(3, columns.team)
    insert.bind(4, columns.caller)
    insert.bind(5, columns.commandID)
    insert.bind(6, columns.decision)
    insert.bind(7, text: text)
    insert.bind(8, place.hash)
    try insert.run()
  }

  func newestRecord() throws(LedgerError) -> AuditChain {
    try statements.lastRecord.first { (row) throws(LedgerError) in
      AuditChain(seq: row.integer(0), hash: row.bytes(1))
    } ?? .start
  }

  func forEachRecord(
    from seq: Int64, limit: Int64, _ body: (Int64, [UInt8], [UInt8]) throws(LedgerError) -> Bool
  ) throws(LedgerError) {
    statements.recordsFrom.bind(1, seq)
    statements.recordsFrom.bind(2, limit)
    try statements.recordsFrom.forEach { (row) throws(LedgerError) in
      try body(row.integer(0), row.bytes(1), row.bytes(2))
    }
  }

  func forEachOldest(
    _ limit: Int64, _ body: (Int64, WallTime, [UInt8]) throws(LedgerError) -> Bool
  ) throws(LedgerError) {
    statements.oldestRecords.bind(1, limit)
    try statements.oldestRecords.forEach { (row) throws(LedgerError) in
      try body(row.integer(0), WallTime(microseconds: row.integer(1)), row.bytes(2))
    }
  }

  func deleteRecords(through seq: Int64) throws(LedgerError) {
    statements.deleteRecords.bind(1, seq)
    try statements.deleteRecords.run()
  }

  func hasCheckpoint(within count: Int64) throws(LedgerError) -> Bool {
    statements.checkpoints.bind(1, count)
    return try statements.checkpoints.first { (_) throws(LedgerError) in true } ?? false
  }

  func sinkPosition(_ sink: String) throws(LedgerError) -> Int64? {
    statements.readSink.bind(1, sink)
    return try statements.readSink.first { (row) throws(LedgerError) in row.integer(0) }
  }

  func setSinkPosition(_ sink: String, to seq: Int64) throws(LedgerError) {
    statements.writeSink.bind(1, sink)
    statements.writeSink.bind(2, seq)
    try statements.writeSink.run()
  }
}
