internal import Audit
internal import Conference
internal import EventLoop
internal import Gateway
internal import Logging
internal import Metrics

extension LedgerState {
  /// Records that wait while nothing can be written. Beyond that they are lost, and counted.
  private static let maximumUnwritten = 65_536

  /// Puts a decision on the record as the ledger made it.
  ///
  /// - Parameter change: what the ledger has to say. An entry is a dozen texts, so it is copied once, into the record, and
  ///   changed there.
  func append(
    _ entry: borrowing AuditEntry, _ decision: AuditEntry.Decision, status: Int, _ change: (inout AuditEntry) -> Void
  ) throws(LedgerError) {
    var record = AuditRecord(entry: copy entry, time: now.wall)
    record.entry.decision = decision
    record.entry.status = status
    change(&record.entry)
    try append(&record)
  }

  /// Puts a refusal of the ledger's on the record.
  ///
  /// - Parameter commandID: of the command that it is about; nil = as the entry says.
  func append(
    _ entry: borrowing AuditEntry, _ decision: AuditEntry.Decision, _ refusal: Refusal, commandID: String? = nil
  ) throws(LedgerError) {
    try append(entry, decision, status: refusal.status) { entry in
      if let commandID { entry.commandID = commandID }
      entry.note(refusal)
    }
  }

  /// Puts a decision on the record as it was made before it came here.
  func append(_ entry: AuditEntry) throws(LedgerError) {
    var record = AuditRecord(entry: entry, time: now.wall)
    try append(&record)
  }

  /// Puts a decision on the record, or counts it where it is one of a flood.
  func append(_ record: inout AuditRecord) throws(LedgerError) {
    let now = MonotonicTime.now
    let decision = record.entry.decision
    record.milliseconds = (now.nanoseconds - record.entry.received.nanoseconds) / 1_000_000
    if record.entry.isCounted(options.reads) { return flood.count(record, now: now) }
    if decision.canBeFolded, flood.fold(record, now: now) { return }
    let isWritten = isWriting && (!writesOutcomesOnly || decision == .forwarded)
    if isWritten { try write(record) } else { keep(record) }
  }

  /// Keeps a record for the next transaction that commits.
  func keep(_ record: AuditRecord) {
    guard unwritten.count < Self.maximumUnwritten else {
      counters.lostRecords.add()
      // The first, then every thousandth: a full disk must not become a full log.
      if counters.lostRecords.value % 1000 == 1 {
        logger.error("audit records are being lost", metadata: ["count": "\(counters.lostRecords.value)"])
      }
      return
    }
    unwritten.append(record)
  }

  /// Writes a record at the end of the chain. Within a transaction.
  func write(_ record: AuditRecord) throws(LedgerError) {
    let columns = RecordColumns(
      time: record.time, team: record.entry.team, caller: record.entry.caller,
      commandID: record.entry.commandID.map { AuditText($0).text }, decision: record.entry.decision.rawValue)
    try insert(record.text(seq: chain.seq + 1, &times), columns)
    if let note = record.note { try store.deleteFloodNote(note) }
    if let started = record.started { try note(started) }
  }

  /// - Parameter text: of the record, with the chain's next number in it.
  func insert(_ text: [UInt8], _ columns: RecordColumns) throws(LedgerError) {
    let previous = chain.hash
    chain.append(text)
    try store.insertRecord(text, chain, columns)
    if !sinks.isEmpty { AuditChain.write(text, previous: previous, hash: chain.hash, to: &lines) }
  }
}

extension AuditEntry.Decision {
  /// Whether many of one kind may be told by one record. What reached Telnyx never is; the answers to its repeats are.
  fileprivate var canBeFolded: Bool {
    switch self {
    case .refused, .limited, .conflict, .replayed: true
    case .forwarded, .recovered, .passed, .configuration, .chain, .undelivered: false
    }
  }
}

extension AuditEntry {
  /// It changed nothing at Telnyx, and is told together with others.
  fileprivate func isCounted(_ reads: AuditSettings.Reads) -> Bool {
    reads == .counted && decision == .passed && call?.isRead == true
  }
}
