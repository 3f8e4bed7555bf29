internal import EventLoop
internal import Gateway
internal import JSON
internal import Ledger

extension PostgresStore {
  func look(for batch: LookAhead) throws(LedgerError) {
    if !batch.admissions.isEmpty || !batch.commandIDs.isEmpty || !batch.conferenceIDs.isEmpty { beginBatch() }
    facts.removeAll()
    charges.keepOnly(batch.admissions)
    guard !batch.isEmpty else { return }
    try look(forOwnersOf: batch.conferenceIDs)
    var looked: Set<ByteString> = Set(minimumCapacity: batch.admissions.count + batch.commandIDs.count)
    let equals = try findEquals(to: batch)
    var (ids, others) = (PostgresArray(of: .text), batch.commandIDs + equals)
    var charged: [Admission] = []
    for admission in batch.admissions {
      let key = ByteString(admission.commandID)
      guard looked.insert(key).inserted else { continue }
      if charges[key] == nil {
        charged.append(admission)
        ids.append(admission.commandID)
      } else {
        others.append(admission.commandID)
      }
    }
    for commandID in others {
      looked.insert(ByteString(commandID))
      ids.append(commandID)
    }
    let plan = ChargePlan(charged) { charges.takeCredit(of: $0) }
    let told = try ask(rows: max(0, batch.admissions.count - freeRowCount), ids: ids, plan)
    let known = told.texts(0, Told.known)?.compactMap { $0 } ?? []
    if !known.isEmpty {
      looked.subtract(known.lazy.map { ByteString($0) })
      try look(at: known)
    }
    // Behind that: where it fails, nobody is to take a command for unknown.
    facts.noteLooked(looked)
    if plan.isEmpty {
      for admission in charged { note(admission, []) }
    } else {
      let verdicts = told.integers(0, Told.verdicts) ?? []
      try judge(plan, told) { $0 < verdicts.count && verdicts[$0] == 2 }
    }
    // What is known by now was charged in vain.
    for commandID in known { charges.giveBack(ByteString(commandID)) }
  }

  func forgetRead() {
    facts.removeAll()
    equals.removeAll()
    owners.removeAll()
  }

  /// - Returns: the ids of commands that an admission of this batch may repeat without having named them.
  private func findEquals(to batch: LookAhead) throws(LedgerError) -> [String] {
    if !equals.isEmpty { equals.removeAll() }
    guard !batch.unnamed.isEmpty else { return [] }
    var parameters = PostgresParameters()
    parameters.append(array: batch.unnamed.map(\.admission.fingerprint))
    parameters.append(array: batch.unnamed.map(\.admission.team))
    parameters.append(array: batch.unnamed.map(\.admission.caller))
    parameters.append(array: batch.unnamed.map(\.since.microseconds))
    let rows = try read("equal_v1", parameters)
    var found: [String] = []
    // The oldest first.
    for row in (0..<rows.rows).reversed() {
      guard let place = rows.integer(row, 0), let commandID = rows.text(row, 1) else { continue }
      equals[ByteString(batch.unnamed[Int(place) - 1].admission.commandID), default: []].append(commandID)
      found.append(commandID)
    }
    return found
  }

  func equals(to admission: Admission) throws(LedgerError) -> [StoredCommand] {
    var commands: [StoredCommand] = []
    for commandID in equals[ByteString(admission.commandID)] ?? [] {
      if let command = try command(commandID) { commands.append(command) }
    }
    return commands
  }

  /// The columns of `look_v1` behind the clock's.
  private enum Told {
    static let known = 3
    static let verdicts = 4
    static let times = 5
    static let charged = 6
  }

  private func ask(rows: Int, ids: PostgresArray, _ plan: ChargePlan) throws(LedgerError) -> PostgresResult {
    let asked = clock.ask()
    let told = try ask(.prepared("look_v1", PostgresSession.looking(rows: rows, ids: ids, plan)))
    try note(clock: told, asked: asked)
    return told
  }

  private func judge(
    _ plan: ChargePlan, _ told: PostgresResult, isKnown: (Int) -> Bool = { _ in false }
  ) throws(LedgerError) {
    guard let times = told.integers(0, Told.times), let at = told.integer(0, Told.charged) else {
      throw LedgerError(.failed, "a charge has no answer")
    }
    plan.judge(times: times.map { $0 ?? 0 }, at: at, isKnown: isKnown) { note($0, $1, $2) }
  }

  private func note(_ admission: Admission, _ statuses: [LimitStatus], _ refusing: LimitStatus? = nil) {
    charges.note(
      Charges.Verdict(statuses: statuses, refusing: refusing, keys: admission.limits.map(\.key)),
      for: ByteString(admission.commandID))
  }

  /// Reads what there is of these commands, beside what was read already.
  func look(at commandIDs: [String]) throws(LedgerError) {
    var parameters = PostgresParameters()
    parameters.append(array: commandIDs)
    let rows = try ask(.prepared("commands_v1", parameters))
    facts.noteLooked(Set(commandIDs.lazy.map { ByteString($0) }))
    for row in 0..<rows.rows { facts.insert(try Fact(rows, row, reader: session.writer)) }
  }

  func nextRow() throws(LedgerError) -> Int64 {
    if freeRowCount == 0 {
      let asked = clock.ask()
      var parameters = PostgresParameters()
      parameters.append(Int32(16))
      try note(clock: try read("clock_v1", parameters), asked: asked)
    }
    guard let row = takeFreeRow() else { throw LedgerError(.failed, "the database gives no number for a row") }
    return row
  }

  func limits(for admission: Admission) throws(LedgerError) -> (statuses: [LimitStatus], refusing: LimitStatus?) {
    let key = ByteString(admission.commandID)
    if let verdict = charges[key], !verdict.isUsed { return (verdict.statuses, verdict.refusing) }
    guard !admission.limits.isEmpty else { return ([], nil) }
    // One that the batch's charge left out, since something else could have been in its way. It is known that nothing is.
    let plan = ChargePlan([admission]) { charges.takeCredit(of: $0) }
    var nobody = PostgresArray(of: .text)
    nobody.append("")
    try judge(plan, try ask(rows: 0, ids: nobody, plan))
    guard let verdict = charges[key] else { return ([], nil) }
    return (verdict.statuses, verdict.refusing)
  }

  private func ask(_ statement: PostgresConnection.Statement) throws(LedgerError) -> PostgresResult {
    do throws(PostgresError) {
      do throws(PostgresError) {
        return try session.run([statement], by: batchDeadline())[0].get()
      } catch  where !session.isConnected && MonotonicTime.now < batchDeadline() {
        // A connection that ended while nobody used it. What was charged on it is charged twice at worst.
        return try session.run([statement], by: batchDeadline())[0].get()
      }
    } catch {
      throw LedgerError(error)
    }
  }
}
