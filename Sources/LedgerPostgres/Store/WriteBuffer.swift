internal import Audit
internal import Crypto
internal import EventLoop
internal import Gateway
internal import Ledger

/// All that one transaction writes, as it is sent: `write_v1`'s parameters. One for all transactions, so that their memory is
/// used again.
final class WriteBuffer {
  private(set) var isEmpty = true
  private var columns = WriteColumn.allCases.map { PostgresArray(of: $0.element) }
  private var firstSeq: Int64 = 0

  /// One that is marked twice is marked as it was before, with the state that it has in the end.
  private struct Mark {
    let command: StoredCommand
    var state: StoredCommand.State
  }
  private var marks: [Mark] = []
  private var notes: [String: [UInt8]?] = [:]

  private var insertedNames: [(row: Int64, name: String)] = []
  private var endedRows: [Int64] = []

  private subscript(column: WriteColumn) -> PostgresArray {
    get { columns[column.rawValue] }
    _modify { yield &columns[column.rawValue] }
  }

  /// Rows that this process sends, once this is committed, with their conferences' names where these are known.
  var begun: [(row: Int64, name: String)] {
    marks.isEmpty ? insertedNames : insertedNames + marks.filter { $0.state == .sending }.map { ($0.command.id, "") }
  }

  /// Rows that it no longer sends.
  var ended: [Int64] {
    marks.isEmpty ? endedRows : endedRows + marks.filter { $0.state == .unknown }.map(\.command.id)
  }

  /// Of a conference whose command is new.
  func name(ofRow row: Int64) -> String? { insertedNames.first { $0.row == row }?.name }

  func insert(_ command: StoredCommand, from admission: Admission) {
    isEmpty = false
    insertedNames.append((command.id, admission.conferenceName))
    self[.row].append(command.id)
    self[.id].append(command.commandID)
    self[.team].append(command.team)
    self[.caller].append(command.caller)
    self[.fingerprint].append(command.fingerprint)
    self[.isKeyless].append(command.isKeyless)
    self[.wall].append(command.firstSent.wall.microseconds)
    self[.era].append(command.firstSent.boot)
    self[.sinceEra].append(command.firstSent.sinceBoot)
    self[.name].append(admission.conferenceName)
    self[.region].append(admission.region)
    self[.body].append(admission.body)
    self[.token].append(admission.token.bytes)
    guard let time = admission.joinWithin else { return }
    // Of those before it that have none; nearly always of all.
    while self[.claim].count < self[.row].count - 1 {
      self[.claim].append(nil as [UInt8]?)
      self[.claimSince].append(nil as Int64?)
    }
    self[.claim].append(admission.claim)
    self[.claimSince].append((command.firstSent.wall - time).microseconds)
  }

  /// - Returns: the attempt that the command has then.
  func mark(_ command: StoredCommand, _ state: StoredCommand.State) -> Int32 {
    isEmpty = false
    if let index = marks.firstIndex(where: { $0.command.id == command.id }) {
      marks[index].state = state
      return marks[index].command.holder.attempt + 1
    }
    marks.append(Mark(command: command, state: state))
    return command.holder.attempt + 1
  }

  func noteToken(_ token: TokenDigest, ofRow row: Int64) {
    isEmpty = false
    self[.tokenRow].append(row)
    self[.tokenDigest].append(token.bytes)
  }

  func settle(_ command: StoredCommand, at time: WallTime, _ conferenceID: String, _ reply: StoredReply) {
    isEmpty = false
    endedRows.append(command.id)
    self[.outcomeRow].append(command.id)
    self[.settled].append(time.microseconds)
    self[.conference].append(conferenceID)
    self[.status].append(Int32(clamping: reply.status))
    self[.fields].append(reply.encodedFields)
    self[.reply].append(reply.body)
    if command.state == .unknown { self[.foundRow].append(command.id) }
  }

  func delete(_ command: StoredCommand) {
    isEmpty = false
    endedRows.append(command.id)
    self[.deletedRow].append(command.id)
    self[.deletedAttempt].append(command.holder.attempt)
  }

  func deleteDone(row: Int64) {
    isEmpty = false
    self[.doneRow].append(row)
  }

  func append(_ text: [UInt8], _ place: AuditChain, _ record: RecordColumns) {
    isEmpty = false
    if self[.record].isEmpty { firstSeq = place.seq }
    self[.recordTime].append(record.time.microseconds)
    self[.recordTeam].append(record.team)
    self[.recordCaller].append(record.caller)
    self[.recordCommand].append(record.commandID)
    self[.decision].append(record.decision)
    self[.record].append(text)
    self[.hash].append(place.hash)
  }

  func note(_ key: String, _ value: [UInt8]?) {
    isEmpty = false
    notes[key] = .some(value)
  }

  /// Behind the writer's own: all of it, NULL where there is nothing of a kind.
  func append(to parameters: inout PostgresParameters) {
    fillMarks()
    fillNotes()
    parameters.reserve(columns.count + 1, bytes: columns.reduce(8) { $0 + $1.bytes.count + 20 })
    parameters.append(firstSeq)
    for column in columns { parameters.append(present: column) }
  }

  private func fillMarks() {
    for column in [WriteColumn.markedRow, .markedWriter, .markedAttempt, .markedState] { self[column].removeAll() }
    for mark in marks {
      self[.markedRow].append(mark.command.id)
      self[.markedWriter].append(mark.command.holder.writer)
      self[.markedAttempt].append(mark.command.holder.attempt)
      self[.markedState].append(Int16(mark.state.rawValue))
    }
  }

  private func fillNotes() {
    for column in [WriteColumn.noteKey, .noteValue] { self[column].removeAll() }
    for (key, value) in notes {
      self[.noteKey].append(key)
      self[.noteValue].append(value)
    }
  }

  func removeAll() {
    guard !isEmpty else { return }
    for index in columns.indices { columns[index].removeAll() }
    marks.removeAll(keepingCapacity: true)
    notes.removeAll(keepingCapacity: true)
    insertedNames.removeAll(keepingCapacity: true)
    endedRows.removeAll(keepingCapacity: true)
    isEmpty = true
  }
}

extension Admission {
  /// The same for all that are equal to it: SHA-256 over who asks, and for what.
  fileprivate var claim: [UInt8] {
    // A name has no line feed.
    Digest.sha256(Array("\(team)\n\(caller)\n".utf8), fingerprint)
  }
}
