internal import EventLoop
internal import Gateway
internal import JSON
internal import Ledger

extension PostgresStore {
  func look(for batch: LookAhead) throws(LedgerError) {
    if !batch.admissions.isEmpty || !batch.commandIDs.isEmpty { beginBatch() }
    facts.removeAll()
    let keys = Set(batch.admissions.lazy.map { ByteString($0.commandID) })
    charges.keepOnly(keys)
    guard !batch.isEmpty else { return }
    var seen: Set<ByteString> = []
    var charged: [Admission] = []
    for admission in batch.admissions {
      let key = ByteString(admission.commandID)
      guard seen.insert(key).inserted, charges[key] == nil else { continue }
      charged.append(admission)
    }
    for commandID in batch.commandIDs { seen.insert(ByteString(commandID)) }
    let plan = ChargePlan(charged) { charges.takeCredit(of: $0) }
    let asked = clock.ask()
    var statements: [PostgresConnection.Statement] = []
    var clockParameters = PostgresParameters()
    clockParameters.append(Int32(max(0, batch.admissions.count - freeRows.count)))
    statements.append(.prepared("clock_v1", clockParameters))
    let ids = seen.map(\.text)
    var lookParameters = PostgresParameters()
    lookParameters.append(array: ids)
    if !plan.isEmpty { statements.append(.prepared("charge_v1", plan.parameters)) }
    // Behind the charge: what is known there is known here.
    statements.append(.prepared("look_v1", lookParameters))
    let answers = try ask(statements)
    try note(clock: try answer(answers[0]), asked: asked)
    try note(facts: try answer(answers[answers.count - 1]), of: seen)
    if plan.isEmpty {
      for admission in charged { note(admission, []) }
    } else {
      let row = try answer(answers[1])
      guard let verdicts = row.integers(0, 0), let times = row.integers(0, 1), let at = row.integer(0, 2) else {
        throw LedgerError(.failed, "a charge has no answer")
      }
      let isKnown = { (index: Int) in !verdicts.indices.contains(index) || verdicts[index] == 2 }
      plan.judge(times: times.map { $0 ?? 0 }, at: at, isKnown: isKnown) { (index, statuses, refusing) in
        note(charged[index], statuses, refusing)
      }
    }
    // What is known by now was charged in vain.
    for key in keys where facts[key] != nil { charges.giveBack(key) }
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
    try note(facts: try read("look_v1", parameters), of: Set(commandIDs.lazy.map { ByteString($0) }))
  }

  private func note(facts rows: PostgresResult, of keys: Set<ByteString>) throws(LedgerError) {
    for key in keys { facts.noteAbsent(key) }
    for row in 0..<rows.rows { facts.insert(try Fact(rows, row, reader: session.writer)) }
  }

  func nextRow() throws(LedgerError) -> Int64 {
    if freeRows.isEmpty {
      let asked = clock.ask()
      var parameters = PostgresParameters()
      parameters.append(Int32(16))
      try note(clock: try read("clock_v1", parameters), asked: asked)
    }
    guard let row = freeRows.popFirst() else { throw LedgerError(.failed, "the database gives no number for a row") }
    return row
  }

  func limits(for admission: Admission) throws(LedgerError) -> (statuses: [LimitStatus], refusing: LimitStatus?) {
    let key = ByteString(admission.commandID)
    if let verdict = charges[key], !verdict.isUsed { return (verdict.statuses, verdict.refusing) }
    guard !admission.limits.isEmpty else { return ([], nil) }
    // One that the batch's charge left out, since something else could have been in its way. It is known that nothing is.
    let plan = ChargePlan([admission], isUnknown: true) { charges.takeCredit(of: $0) }
    let row = try answer(try ask([.prepared("charge_v1", plan.parameters)])[0])
    guard let times = row.integers(0, 1), let at = row.integer(0, 2) else {
      throw LedgerError(.failed, "a charge has no answer")
    }
    plan.judge(times: times.map { $0 ?? 0 }, at: at) { (_, statuses, refusing) in note(admission, statuses, refusing) }
    guard let verdict = charges[key] else { return ([], nil) }
    return (verdict.statuses, verdict.refusing)
  }

  func ask(_ statements: [PostgresConnection.Statement]) throws(LedgerError) -> [PostgresConnection.Answer] {
    do throws(PostgresError) {
      do throws(PostgresError) {
        return try session.run(statements, by: batchDeadline())
      } catch  where !session.isConnected && MonotonicTime.now < batchDeadline() {
        // A connection that ended while nobody used it. What was charged on it is charged twice at worst.
        return try session.run(statements, by: batchDeadline())
      }
    } catch {
      throw LedgerError(error)
    }
  }

  private func answer(_ answer: PostgresConnection.Answer) throws(LedgerError) -> PostgresResult {
    switch answer {
    case .success(let result): return result
    case .failure(let error): throw LedgerError(error)
    }
  }
}
