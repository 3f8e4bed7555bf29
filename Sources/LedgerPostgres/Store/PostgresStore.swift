internal import Audit
internal import EventLoop
internal import Gateway
internal import JSON
internal import Ledger
internal import Logging

/// The ledger's rows in PostgreSQL's tables. What a transaction writes is kept here until it is committed, and leaves in one
/// statement; what is read in between is looked for here first.
final class PostgresStore {
  /// From the first question of a batch to its commit. Who waits for that is to hear within two seconds.
  static let patience: Duration = .milliseconds(1600)

  let session: PostgresSession
  let opening: ChainOpening
  let lease = SendingLease()
  private let chain: AuditChain
  private let pseudonymKey: [UInt8]

  var clock = ServerClock()
  var buffer = WriteBuffer()
  var sending = SendingRows()
  /// What was read for this batch.
  var facts = Facts()
  /// What this transaction has changed; nil = deleted.
  var changed: [ByteString: Fact?] = [:]
  var charges = Charges()
  /// Numbers of rows that nobody else has.
  var freeRows: ArraySlice<Int64> = []
  private var notes: [String: [UInt8]] = [:]
  private var changedNotes: [String: [UInt8]?] = [:]
  /// Of the batch that is being judged; nil = it has asked for nothing yet.
  private var deadline: MonotonicTime?
  private(set) var keepUpDue = MonotonicTime.now
  private static let careInterval: Duration = .seconds(60)
  private static let retentionInterval: Duration = .seconds(3600)
  private var careDue = MonotonicTime.now
  private var retentionDue = MonotonicTime.now
  private static let daysAhead: Int32 = 7
  private var partitionsDue = MonotonicTime.now
  /// The number of a batch of which nobody knows whether it is committed.
  private var doubtful: Int64?
  private var doubtAsked: Int64 = 0

  init(_ session: PostgresSession, _ opening: PostgresSession.Opening) {
    self.session = session
    self.opening = ChainOpening(replica: session.settings.replica, writer: session.writer)
    chain = AuditChain(seq: opening.seq, hash: opening.hash)
    pseudonymKey = opening.pseudonymKey
  }

  /// Reads what is read once.
  ///
  /// - Parameter asked: as the lease said before the writer was made.
  func begin(asked: Int64) throws(LedgerError) {
    noteAlive(asked: asked)
    try readClock()
    let rows = try read("notes_v1", session.writer)
    for row in 0..<rows.rows { notes[rows.text(row, 0) ?? ""] = rows.bytes(row, 1) }
  }

  /// By when the batch's next answer must be there.
  func batchDeadline() -> MonotonicTime {
    if let deadline { return deadline }
    let new = MonotonicTime.now + Self.patience
    deadline = new
    return new
  }

  /// A new batch has its own.
  func beginBatch() { deadline = nil }

  /// To say something where there is nothing to be said: well within the lease.
  ///
  /// - Parameter asked: as the lease said before.
  func noteAlive(asked: Int64) {
    lease.renew(session.settings.lease, asked: asked)
    keepUpDue = .now + session.settings.lease * 3 / 10
  }

  /// Asks one of the functions that only read.
  func read(_ function: String, _ parameters: PostgresParameters) throws(LedgerError) -> PostgresResult {
    do throws(PostgresError) {
      return try session.read(function, parameters, by: batchDeadline())
    } catch {
      throw LedgerError(error)
    }
  }

  func read(_ function: String, _ number: Int64) throws(LedgerError) -> PostgresResult {
    var parameters = PostgresParameters()
    parameters.append(number)
    return try read(function, parameters)
  }
}

extension PostgresStore: SharedLedgerStore {
  var now: DualClockInstant? { session.settings.usesServerClock ? clock.now : nil }

  // MARK: Transactions

  func begin(reserving pages: Int?, begun: Int, requests: Int) throws(LedgerError) {
    guard doubtful == nil else { throw LedgerError(.unreachable, "the last transaction is in doubt") }
  }

  func commit() throws(LedgerError) {
    guard !buffer.isEmpty else { return forgetBatch() }
    let batch = session.committed + 1
    let asked = lease.ask()
    do throws(PostgresError) {
      do throws(PostgresError) {
        return try write(as: batch, strict: true, by: batchDeadline(), asked: asked)
      } catch  where error.kind == .outcomeUnknown {
        try findOut(batch, asked: asked, error)
      }
      if session.committed < batch { try write(as: batch, strict: true, by: batchDeadline(), asked: lease.ask()) }
    } catch {
      if error.kind == .outcomeUnknown { try doubt(batch, asked: asked, error) }
      throw LedgerError(error)
    }
  }

  /// The new connection's fence says whether a batch is committed.
  ///
  /// - Throws: `outcomeUnknown` where nobody says.
  private func findOut(_ batch: Int64, asked: Int64, _ cause: PostgresError) throws(PostgresError) {
    do throws(PostgresError) {
      try session.connect(by: batchDeadline())
    } catch {
      throw error.kind == .fenced ? error : cause
    }
    if session.committed >= batch { committed(batch, asked: asked) }
  }

  private func doubt(_ batch: Int64, asked: Int64, _ cause: PostgresError) throws(LedgerError) {
    (doubtful, doubtAsked) = (batch, asked)
    throw LedgerError(.inDoubt, "nobody knows whether a transaction is committed: \(cause)")
  }

  private func write(as batch: Int64, strict: Bool, by deadline: MonotonicTime, asked: Int64) throws(PostgresError) {
    try session.write(buffer, as: batch, strict: strict, oldest: oldestSending, by: deadline)
    committed(batch, asked: asked)
  }

  /// Of all that is being sent once the buffer is committed.
  private var oldestSending: Int64? {
    var rows = sending
    for row in buffer.endedRows { rows.remove(row) }
    let marked = zip(buffer.markedRows, buffer.markedStates).filter { $0.1 == 1 }.map(\.0)
    return [rows.oldest(), buffer.insertedRows.min(), marked.min()].compactMap(\.self).min()
  }

  private func committed(_ batch: Int64, asked: Int64) {
    session.noteCommitted(batch)
    noteAlive(asked: asked)
    for (row, name) in zip(buffer.insertedRows, buffer.names) { sending.insert(row, name: name) }
    for (row, state) in zip(buffer.markedRows, buffer.markedStates) where state == 1 { sending.insert(row, name: "") }
    for row in buffer.endedRows { sending.remove(row) }
    for (key, value) in changedNotes { notes[key] = value }
    charges.commit()
    doubtful = nil
    forgetBatch()
  }

  private func forgetBatch() {
    buffer = WriteBuffer()
    changed.removeAll(keepingCapacity: true)
    changedNotes.removeAll(keepingCapacity: true)
    facts.removeAll()
    beginBatch()
  }

  func rollBack() {
    charges.rollBack()
    forgetBatch()
  }

  func tidy(begun: Int) throws(LedgerError) {}
  func hasRoom(for pages: Int) throws(LedgerError) -> Bool { true }
  var wantsTransaction: Bool { false }
  func prepareToServe() throws(LedgerError) {}

  /// After a failure: is there a connection again, and what became of the transaction that was in doubt?
  func makeRoom() throws(LedgerError) {
    beginBatch()
    do throws(PostgresError) {
      try session.connect(by: batchDeadline())
      guard let batch = doubtful else { return beginBatch() }
      // What others were sooner with meanwhile has no effect any more; who it was for is told so when it is looked at.
      if session.committed >= batch {
        // When, is not known; it was not before it was asked for.
        committed(batch, asked: doubtAsked)
      } else {
        try write(as: batch, strict: false, by: batchDeadline(), asked: lease.ask())
      }
    } catch {
      throw LedgerError(error)
    }
  }

  func end() throws(LedgerError) { session.close(by: .now + .seconds(1)) }

  func keepUp() throws(LedgerError) {
    beginBatch()
    let asked = lease.ask()
    do throws(PostgresError) {
      do throws(PostgresError) {
        try session.renew(oldest: sending.oldest(), by: batchDeadline())
      } catch  where !session.isConnected && MonotonicTime.now < batchDeadline() {
        // A connection that ended while nobody used it.
        try session.renew(oldest: sending.oldest(), by: batchDeadline())
      }
    } catch {
      throw LedgerError(error)
    }
    noteAlive(asked: asked)
    if MonotonicTime.now >= partitionsDue { try extendAudit() }
    try readClock()
    beginBatch()
  }

  func takesCare() throws(LedgerError) -> Bool {
    guard MonotonicTime.now >= careDue else { return false }
    careDue = .now + Self.careInterval
    return try read("is_first_v1", session.writer).boolean(0, 0) ?? false
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

  /// Makes the partitions of the next days, some days before they are needed.
  private func extendAudit() throws(LedgerError) {
    var parameters = PostgresParameters()
    parameters.append(Self.daysAhead)
    _ = try read("extend_audit_v1", parameters)
    partitionsDue = .now + .seconds(3600)
  }

  func readClock() throws(LedgerError) {
    let asked = clock.ask()
    var parameters = PostgresParameters()
    parameters.append(Int32(0))
    try note(clock: try read("clock_v1", parameters), asked: asked)
  }

  func note(clock row: PostgresResult, asked: Int64) throws(LedgerError) {
    guard let at = row.integer(0, 0), let era = row.integer(0, 1) else {
      throw LedgerError(.failed, "the database doesn't say what time it is")
    }
    clock.note(at: at, era: era, asked: asked)
    if let rows = row.integers(0, 2) { freeRows = (Array(freeRows) + rows.compactMap(\.self))[...] }
  }

  // MARK: Records

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

  // MARK: Notes

  private func note(_ key: String) -> [UInt8]? { changedNotes[key] ?? notes[key] }

  private func set(_ key: String, _ value: [UInt8]?) throws(LedgerError) {
    buffer.note(key, value)
    changedNotes[key] = .some(value)
  }

  func meta(_ key: MetaKey) throws(LedgerError) -> [UInt8]? {
    if key == .pseudonymKey { return pseudonymKey }
    return note(key.rawValue)
  }

  func setMeta(_ key: MetaKey, _ value: [UInt8]) throws(LedgerError) {
    // What is in flight stands in the writer's row.
    guard key != .inFlight else { return }
    try set(key.rawValue, value)
  }

  func setFloodNote(_ note: Int64, _ text: [UInt8]) throws(LedgerError) { try set("flood:\(note)", text) }
  func deleteFloodNote(_ note: Int64) throws(LedgerError) { try set("flood:\(note)", nil) }

  func floodNotes() throws(LedgerError) -> [(note: Int64, text: [UInt8])] {
    notes.compactMap { key, text in
      key.hasPrefix("flood:") ? Int64(key.dropFirst(6)).map { (note: $0, text: text) } : nil
    }
    .sorted { $0.note < $1.note }
  }

  // MARK: Limits that are counted here

  func limit(_ key: String) throws(LedgerError) -> Int64? { nil }
  func setLimit(_ key: String, to nanoseconds: Int64) throws(LedgerError) {}
  func moveLimits(by nanoseconds: Int64) throws(LedgerError) {}
}
