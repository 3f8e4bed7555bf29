internal import Audit
internal import EventLoop
internal import Ledger
internal import Logging

extension PostgresStore {
  private static let retentionInterval: Duration = .seconds(3600)

  func insertRecord(_ text: [UInt8], _ place: AuditChain, _ columns: RecordColumns) throws(LedgerError) {
    buffer.append(text, place, columns)
  }

  func newestRecord() throws(LedgerError) -> AuditChain { chain }

  func forEachRecord(
    from seq: Int64, limit: Int64, _ body: (Int64, [UInt8], [UInt8]) throws(LedgerError) -> Bool
  ) throws(LedgerError) {
    let records = try records(from: seq, limit: limit)
    for row in 0..<records.rows {
      guard try body(records.integer(row, 0) ?? 0, records.bytes(row, 1) ?? [], records.bytes(row, 2) ?? []) else {
        return
      }
    }
  }

  private func records(from seq: Int64, limit: Int64) throws(LedgerError) -> PostgresResult {
    var parameters = PostgresParameters()
    parameters.append(session.writer)
    parameters.append(seq)
    parameters.append(limit)
    return try read("records_v1", parameters)
  }

  func forEachOldest(
    _ limit: Int64, _ body: (Int64, WallTime, [UInt8]) throws(LedgerError) -> Bool
  ) throws(LedgerError) {
    let records = try records(from: 0, limit: limit)
    for row in 0..<records.rows {
      let time = WallTime(microseconds: records.integer(row, 3) ?? 0)
      guard try body(records.integer(row, 0) ?? 0, time, records.bytes(row, 2) ?? []) else { return }
    }
  }

  /// They go a day at a time, for all replicas at once.
  func deleteRecords(through seq: Int64) throws(LedgerError) {}

  func hasCheckpoint(within count: Int64) throws(LedgerError) -> Bool { false }

  func sinkPosition(_ sink: String) throws(LedgerError) -> Int64? {
    note("sink:\(sink)").flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
  }

  func setSinkPosition(_ sink: String, to seq: Int64) throws(LedgerError) {
    try set("sink:\(sink)", Array(String(seq).utf8))
  }

  func heads() throws(LedgerError) -> [FleetHeads.Head] {
    let rows = try read("heads_v1", PostgresParameters())
    return (0..<rows.rows).compactMap { row in
      guard let writer = rows.integer(row, 0), let replica = rows.text(row, 1), let seq = rows.integer(row, 2),
        let hash = rows.bytes(row, 3)
      else { return nil }
      return FleetHeads.Head(writer: writer, replica: replica, seq: seq, hash: hash)
    }
  }

  func pruneRecords(keep: Duration, signing: CheckpointSigning?, _ logger: Logger) throws(LedgerError) {
    guard MonotonicTime.now >= retentionDue else { return }
    retentionDue = .now + Self.retentionInterval
    do throws(PostgresError) {
      let outcome = try session.prune(keep: keep, signedBy: signing?.key, by: .now + Self.patience)
      if outcome.days > 0 {
        logger.notice("the oldest days of the record were dropped", metadata: ["days": "\(outcome.days)"])
      }
      for writer in outcome.tampered {
        logger.error("audit records were deleted by somebody else", metadata: ["writer": "\(writer)"])
      }
    } catch {
      logger.warning("the oldest days of the record can't be dropped now", metadata: ["reason": "\(error)"])
    }
  }
}
