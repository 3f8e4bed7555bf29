import Audit
import EventLoop
import Gateway
import JSON
import Ledger

/// A store whose rows are values in memory.
final class MemoryStore: LedgerStore, LimitStore {
  private let storage: MemoryStorage
  private var rows: MemoryRows
  private var isInTransaction = false
  var remembersConferences = false

  init(_ storage: MemoryStorage) {
    self.storage = storage
    rows = storage.committed
  }

  /// Outside of a transaction, what is changed is committed at once.
  private func change(_ body: (inout MemoryRows) -> Void) {
    body(&rows)
    if !isInTransaction { storage.commit(rows) }
  }

  // MARK: Transactions

  func begin(reserving pages: Int?, begun: Int, requests: Int) throws(LedgerError) { isInTransaction = true }

  func commit() throws(LedgerError) {
    if let failure = storage.failure { throw failure }
    isInTransaction = false
    storage.commit(rows)
  }

  func rollBack() {
    isInTransaction = false
    rows = storage.committed
  }

  func tidy(begun: Int) throws(LedgerError) {}
  func hasRoom(for pages: Int) throws(LedgerError) -> Bool { true }
  func makeRoom() throws(LedgerError) {}
  var wantsTransaction: Bool { false }
  func prepareToServe() throws(LedgerError) {}
  func end() throws(LedgerError) {}

  // MARK: Commands

  func command(_ commandID: String) throws(LedgerError) -> StoredCommand? {
    rows.number(of: commandID).flatMap { rows.command($0) }
  }

  func command(inRow row: Int64) throws(LedgerError) -> StoredCommand? { rows.command(row) }
  func reply(ofRow row: Int64) throws(LedgerError) -> StoredReply? { rows.outcomes[row]?.reply }
  func conference(ofRow row: Int64) throws(LedgerError) -> String? { rows.outcomes[row]?.conferenceID }

  func sent(inRow row: Int64) throws(LedgerError) -> SentCommand? {
    rows.commands[row].map { SentCommand(body: $0.body, token: $0.token) }
  }

  func name(inRow row: Int64) throws(LedgerError) -> String? { rows.commands[row]?.name }

  func insert(_ command: StoredCommand, from admission: Admission) throws(LedgerError) -> StoredCommand? {
    var isInserted = false
    change {
      isInserted = $0.insert(
        MemoryRows.Command(
          command: command, name: admission.conferenceName, body: admission.body, token: admission.token))
    }
    return isInserted ? command : nil
  }

  func mark(_ command: StoredCommand, _ state: StoredCommand.State) throws(LedgerError) -> StoredCommand {
    change { $0.change(command.id) { $0.command.state = state } }
    var marked = command
    marked.state = state
    return marked
  }

  func noteToken(_ token: TokenDigest, of command: StoredCommand) throws(LedgerError) {
    change { $0.change(command.id) { $0.token = token } }
  }

  func insertOutcome(
    of command: StoredCommand, settled: WallTime, conferenceID: String, reply: StoredReply
  ) throws(LedgerError) {
    let row = command.id
    guard rows.outcomes[row] == nil else { throw LedgerError(.failed, "row \(row) has an outcome already") }
    change {
      $0.outcomes[row] = MemoryRows.Outcome(settled: settled, conferenceID: conferenceID, reply: reply)
      $0.change(row) { $0.command.state = .sending }
      if remembersConferences { $0.noteOwner(ofRow: row) }
    }
  }

  func owners(of conferenceIDs: [String]) throws(LedgerError) -> [ConferenceOwner?] {
    conferenceIDs.map { rows.owners[ByteString($0)]?.owner }
  }

  func recallConferences(settledSince time: WallTime) throws(LedgerError) {
    change { rows in
      for (row, outcome) in rows.outcomes where outcome.settled >= time { rows.noteOwner(ofRow: row) }
    }
  }

  func forgetConferences(
    settledBefore time: WallTime, behind id: String?, limit: Int64
  ) throws(LedgerError) -> String? {
    change { $0.owners = $0.owners.filter { $0.value.settled >= time } }
    return nil
  }

  func delete(_ command: StoredCommand) throws(LedgerError) { try deleteDone(row: command.id) }
  func deleteDone(row: Int64) throws(LedgerError) { change { $0.delete(row) } }

  // MARK: Searches

  private var unknown: [MemoryRows.Command] {
    rows.numbers.compactMap { rows.commands[$0] }.filter { $0.command.state == .unknown }
  }

  func newestRow() throws(LedgerError) -> Int64 { rows.numbers.last ?? 0 }
  func countUnknown() throws(LedgerError) -> Int64 { Int64(unknown.count) }

  func sendingCommands(inRows range: ClosedRange<Int64>) throws(LedgerError) -> [StoredCommand] {
    rows.numbers(in: range).compactMap { rows.command($0) }.filter { $0.state == .sending }
  }

  func forEachUnknown(_ body: (StoredCommand) throws(LedgerError) -> Bool) throws(LedgerError) {
    for row in unknown where try !body(row.command) { return }
  }

  func newestKeyless(
    _ limit: Int, while isYoung: (DualClockInstant) -> Bool
  ) throws(LedgerError) -> [StoredCommand] {
    let young = rows.numbers.reversed().compactMap { rows.commands[$0]?.command }.prefix { isYoung($0.firstSent) }
    return Array(young.filter(\.isKeyless).prefix(limit))
  }

  func forEachCommand(
    afterRow row: Int64, limit: Int64, _ body: (CommandAge) throws(LedgerError) -> Bool
  ) throws(LedgerError) {
    for number in rows.numbers[rows.firstIndex(behind: row)...].prefix(Int(clamping: limit)) {
      guard let command = rows.commands[number]?.command else { continue }
      let age = CommandAge(
        row: number, state: command.state, firstSent: command.firstSent, settled: rows.outcomes[number]?.settled)
      guard try body(age) else { return }
    }
  }

  func firstSent(beyondRow row: Int64, _ direction: RowDirection) throws(LedgerError) -> DualClockInstant? {
    let next =
      direction == .before ? rows.numbers.last { $0 < row } : rows.numbers[rows.firstIndex(behind: row)...].first
    return next.flatMap { rows.commands[$0]?.command.firstSent }
  }

  func unknown(
    beyondRow row: Int64, _ direction: RowDirection
  ) throws(LedgerError) -> (row: Int64, firstSent: DualClockInstant)? {
    let next =
      direction == .before ? unknown.last { $0.command.id < row } : unknown.first { $0.command.id > row }
    return next.map { ($0.command.id, $0.command.firstSent) }
  }

  func hasConference(
    _ conferenceID: String, inRows range: ClosedRange<Int64>, except row: Int64
  ) throws(LedgerError) -> Bool {
    rows.outcomes.contains {
      range.contains($0.key) && $0.key != row && $0.value.conferenceID.hasSameBytes(as: conferenceID)
    }
  }

  func conferences(
    named name: String, inRows range: ClosedRange<Int64>, except row: Int64, limit: Int64
  ) throws(LedgerError) -> Set<String> {
    let others = rows.numbers(in: range).filter { $0 != row && rows.commands[$0]?.name.hasSameBytes(as: name) == true }
    return Set(others.compactMap { rows.outcomes[$0]?.conferenceID }.prefix(Int(clamping: limit)))
  }

  func forEachUnknownName(
    inRows range: ClosedRange<Int64>, except row: Int64, _ body: (String, DualClockInstant) throws(LedgerError) -> Bool
  ) throws(LedgerError) {
    for other in unknown where range.contains(other.command.id) && other.command.id != row {
      guard try body(other.name, other.command.firstSent) else { return }
    }
  }

  // MARK: Records

  func insertRecord(_ text: [UInt8], _ place: AuditChain, _ columns: RecordColumns) throws(LedgerError) {
    change { $0.records.append(MemoryRows.Record(place: place, text: text, columns: columns)) }
  }

  func newestRecord() throws(LedgerError) -> AuditChain { rows.records.last?.place ?? .start }

  func forEachRecord(
    from seq: Int64, limit: Int64, _ body: (Int64, [UInt8], [UInt8]) throws(LedgerError) -> Bool
  ) throws(LedgerError) {
    let records = rows.records.drop { $0.place.seq < seq }.prefix(Int(clamping: limit))
    for record in records where try !body(record.place.seq, record.text, record.place.hash) { return }
  }

  func forEachOldest(
    _ limit: Int64, _ body: (Int64, WallTime, [UInt8]) throws(LedgerError) -> Bool
  ) throws(LedgerError) {
    for record in rows.records.prefix(Int(clamping: limit)) {
      guard try body(record.place.seq, record.columns.time, record.place.hash) else { return }
    }
  }

  func deleteRecords(through seq: Int64) throws(LedgerError) { change { $0.records.removeAll { $0.place.seq <= seq } } }

  func hasCheckpoint(within count: Int64) throws(LedgerError) -> Bool {
    guard let first = rows.records.first?.place.seq, let last = rows.records.last?.place.seq else { return false }
    return rows.records.contains {
      $0.columns.decision == "checkpoint" && ($0.place.seq <= first + count || $0.place.seq >= last - count)
    }
  }

  func sinkPosition(_ sink: String) throws(LedgerError) -> Int64? { rows.sinks[sink] }
  func setSinkPosition(_ sink: String, to seq: Int64) throws(LedgerError) { change { $0.sinks[sink] = seq } }

  // MARK: Limits and notes

  func limit(_ key: String) throws(LedgerError) -> Int64? { rows.limits[ByteString(key)] }

  func setLimit(_ key: String, to nanoseconds: Int64) throws(LedgerError) {
    change { $0.limits[ByteString(key)] = nanoseconds }
  }

  func moveLimits(by nanoseconds: Int64) throws(LedgerError) {
    change { rows in rows.limits = rows.limits.mapValues { $0 + nanoseconds } }
  }

  func meta(_ key: MetaKey) throws(LedgerError) -> [UInt8]? { rows.meta[key] }
  func setMeta(_ key: MetaKey, _ value: [UInt8]) throws(LedgerError) { change { $0.meta[key] = value } }
  func setFloodNote(_ note: Int64, _ text: [UInt8]) throws(LedgerError) { change { $0.floodNotes[note] = text } }
  func deleteFloodNote(_ note: Int64) throws(LedgerError) { change { $0.floodNotes[note] = nil } }

  func floodNotes() throws(LedgerError) -> [(note: Int64, text: [UInt8])] {
    rows.floodNotes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
