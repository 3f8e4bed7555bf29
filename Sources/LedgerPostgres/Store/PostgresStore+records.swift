internal import Audit
internal import EventLoop
internal import Ledger
internal import Logging

extension PostgresStore {
  private static let retentionInterval: Duration = .seconds(3600)
  /// To look for signatures, at the start.
  private static let adoptionPatience: Duration = .seconds(10)

  func insertRecord(_ text: [UInt8], _ place: AuditChain, _ columns: RecordColumns) throws(LedgerError) {
    buffer.append(text, place, columns)
  }

  func newestRecord() throws(LedgerError) -> AuditChain { chain }

  func forEachRecord(
    from seq: Int64, limit: Int64, _ body: (Int64, [UInt8], [UInt8]) throws(LedgerError) -> Bool
  ) throws(LedgerError) {
    let records = try records(from: seq, limit: limit)
    for row in 0..<records.rows {
      // What the oldest record follows, as it was when that was read: others drop days meanwhile.
      if let anchor = records.bytes(row, 4) { notes[MetaKey.anchor.rawValue] = anchor }
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

  func noteDelivered(_ seq: Int64) throws(LedgerError) {
    let text = Array(String(seq).utf8)
    if note("delivered") != text { try set("delivered", text) }
  }

  func takeNotes() throws(LedgerError) -> [(note: Int64, text: [UInt8])] {
    beginBatch()
    let rows: PostgresResult
    do throws(PostgresError) {
      rows = try session.takeNotes(by: batchDeadline())
    } catch {
      throw LedgerError(error)
    }
    return (0..<rows.rows).compactMap { row in
      guard let note = rows.integer(row, 0), let text = rows.bytes(row, 1) else { return nil }
      return (note, text)
    }
  }

  func adoptAnchors(
    _ signing: CheckpointSigning, look: Int64, _ logger: Logger
  ) throws(LedgerError) {
    do throws(PostgresError) {
      for writer in try session.adoptAnchors(signedBy: signing.key, look: look, by: .now + Self.adoptionPatience) {
        logger.error(
          "the note of what was pruned was changed by somebody else, or made by a replica without a key",
          metadata: ["writer": "\(writer)"])
      }
    } catch {
      throw LedgerError(error)
    }
    notes[MetaKey.anchor.rawValue] = try read("anchor_v1", session.writer).bytes(0, 0)
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
      let outcome = try session.prune(keep: keep, signedBy: signing?.key, at: clock.now.wall, by: .now + Self.patience)
      if outcome.days > 0 {
        logger.notice("the oldest days of the record were dropped", metadata: ["days": "\(outcome.days)"])
      }
      let undelivered = outcome.undelivered
      if !undelivered.chains.isEmpty {
        logger.critical(
          "records were dropped that sinks may lack: their replicas have gone, and did not come back",
          metadata: [
            "records": "\(undelivered.count)",
            "replicas": "\(undelivered.chains.prefix(16).map(\.replica).joined(separator: ", "))",
          ])
      }
      if !outcome.waiting.isEmpty {
        logger.warning(
          "the oldest days of the record are not dropped: sinks lack records of them",
          metadata: ["replicas": "\(outcome.waiting.prefix(16).joined(separator: ", "))"])
      }
      if outcome.retired > 0 {
        logger.notice("replicas that have gone were forgotten", metadata: ["count": "\(outcome.retired)"])
      }
      for writer in outcome.tampered {
        logger.error("audit records were deleted by somebody else", metadata: ["writer": "\(writer)"])
      }
    } catch {
      logger.warning("the oldest days of the record can't be dropped now", metadata: ["reason": "\(error)"])
    }
  }
}
