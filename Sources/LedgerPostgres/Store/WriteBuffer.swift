internal import Audit
internal import EventLoop
internal import Gateway
internal import Ledger

/// All that one transaction writes: `write_v1`'s parameters, a column each.
struct WriteBuffer {
  private(set) var isEmpty = true

  private var doneRows: [Int64] = []
  private var deletedRows: [Int64] = []
  private var deletedAttempts: [Int32] = []

  private(set) var insertedRows: [Int64] = []
  private var ids: [String] = []
  private var teams: [String] = []
  private var callers: [String] = []
  private var fingerprints: [[UInt8]?] = []
  private var keyless: [Bool] = []
  private var walls: [Int64] = []
  private var eras: [Int64] = []
  private var sinceEras: [Int64] = []
  private(set) var names: [String] = []
  private var regions: [String?] = []
  private var bodies: [[UInt8]?] = []
  private var tokens: [[UInt8]?] = []

  private(set) var markedRows: [Int64] = []
  private var markedWriters: [Int64] = []
  private var markedAttempts: [Int32] = []
  private(set) var markedStates: [Int16] = []

  private var tokenRows: [Int64] = []
  private var tokenBytes: [[UInt8]?] = []

  private var outcomeRows: [Int64] = []
  private var settled: [Int64] = []
  private var conferences: [String] = []
  private var statuses: [Int32] = []
  private var fields: [[UInt8]?] = []
  private var replies: [[UInt8]?] = []
  private var foundRows: [Int64] = []

  private var firstSeq: Int64 = 0
  private var recordTimes: [Int64] = []
  private var recordTeams: [String?] = []
  private var recordCallers: [String?] = []
  private var recordCommands: [String?] = []
  private var decisions: [String] = []
  private var records: [[UInt8]?] = []
  private var hashes: [[UInt8]?] = []

  private var noteKeys: [String] = []
  private var noteValues: [[UInt8]?] = []

  /// Rows that are no longer being sent, once this is committed.
  var endedRows: [Int64] { deletedRows + outcomeRows + zip(markedRows, markedStates).filter { $0.1 == 3 }.map(\.0) }

  mutating func insert(_ command: StoredCommand, from admission: Admission) {
    isEmpty = false
    insertedRows.append(command.id)
    ids.append(command.commandID)
    teams.append(command.team)
    callers.append(command.caller)
    fingerprints.append(command.fingerprint)
    keyless.append(command.isKeyless)
    walls.append(command.firstSent.wall.microseconds)
    eras.append(command.firstSent.boot)
    sinceEras.append(command.firstSent.sinceBoot)
    names.append(admission.conferenceName)
    regions.append(admission.region)
    bodies.append(admission.body)
    tokens.append(admission.token.bytes)
  }

  /// - Returns: the attempt that the command has then.
  mutating func mark(_ command: StoredCommand, _ state: StoredCommand.State) -> Int32 {
    isEmpty = false
    // One that is marked twice is marked as it was before, with the state that it has in the end.
    if let index = markedRows.firstIndex(of: command.id) {
      markedStates[index] = Int16(state.rawValue)
      return markedAttempts[index] + 1
    }
    markedRows.append(command.id)
    markedWriters.append(command.holder.writer)
    markedAttempts.append(command.holder.attempt)
    markedStates.append(Int16(state.rawValue))
    return command.holder.attempt + 1
  }

  mutating func noteToken(_ token: TokenDigest, ofRow row: Int64) {
    isEmpty = false
    tokenRows.append(row)
    tokenBytes.append(token.bytes)
  }

  mutating func settle(_ command: StoredCommand, at time: WallTime, _ conferenceID: String, _ reply: StoredReply) {
    isEmpty = false
    outcomeRows.append(command.id)
    settled.append(time.microseconds)
    conferences.append(conferenceID)
    statuses.append(Int32(clamping: reply.status))
    fields.append(reply.encodedFields)
    replies.append(reply.body)
    if command.state == .unknown { foundRows.append(command.id) }
  }

  mutating func delete(_ command: StoredCommand) {
    isEmpty = false
    deletedRows.append(command.id)
    deletedAttempts.append(command.holder.attempt)
  }

  mutating func deleteDone(row: Int64) {
    isEmpty = false
    doneRows.append(row)
  }

  mutating func append(_ text: [UInt8], _ place: AuditChain, _ columns: RecordColumns) {
    isEmpty = false
    if records.isEmpty { firstSeq = place.seq }
    recordTimes.append(columns.time.microseconds)
    recordTeams.append(columns.team)
    recordCallers.append(columns.caller)
    recordCommands.append(columns.commandID)
    decisions.append(columns.decision)
    records.append(text)
    hashes.append(place.hash)
  }

  mutating func note(_ key: String, _ value: [UInt8]?) {
    isEmpty = false
    if let index = noteKeys.firstIndex(of: key) {
      noteValues[index] = value
    } else {
      noteKeys.append(key)
      noteValues.append(value)
    }
  }

  /// Behind the writer's own: all of the columns, in the function's order.
  func append(to parameters: inout PostgresParameters) {
    parameters.append(present: doneRows)
    parameters.append(present: deletedRows)
    parameters.append(present: deletedAttempts)
    parameters.append(present: insertedRows)
    parameters.append(present: ids)
    parameters.append(present: teams)
    parameters.append(present: callers)
    parameters.append(present: fingerprints)
    parameters.append(present: keyless)
    parameters.append(present: walls)
    parameters.append(present: eras)
    parameters.append(present: sinceEras)
    parameters.append(present: names)
    parameters.append(present: regions)
    parameters.append(present: bodies)
    parameters.append(present: tokens)
    parameters.append(present: markedRows)
    parameters.append(present: markedWriters)
    parameters.append(present: markedAttempts)
    parameters.append(present: markedStates)
    parameters.append(present: tokenRows)
    parameters.append(present: tokenBytes)
    parameters.append(present: outcomeRows)
    parameters.append(present: settled)
    parameters.append(present: conferences)
    parameters.append(present: statuses)
    parameters.append(present: fields)
    parameters.append(present: replies)
    parameters.append(present: foundRows)
    parameters.append(firstSeq)
    parameters.append(present: recordTimes)
    parameters.append(present: recordTeams)
    parameters.append(present: recordCallers)
    parameters.append(present: recordCommands)
    parameters.append(present: decisions)
    parameters.append(present: records)
    parameters.append(present: hashes)
    parameters.append(present: noteKeys)
    parameters.append(present: noteValues)
  }

  /// Of `append`.
  static let columns = 39
}
