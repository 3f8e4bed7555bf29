internal import Conference
internal import EventLoop
internal import Gateway

extension Bookkeeper {
  /// May this command be sent? `AdmissionJudge` judges; here is what follows.
  func admit(_ admission: Admission, _ address: AnswerAddress) throws(LedgerError) {
    let now = now
    var command = try find(admission.commandID)
    var verdict = judge(command, admission, at: now)
    if verdict == .new, let joined = try commandToJoin(admission, at: now) {
      command = joined
      verdict = judge(joined, admission, at: now)
    }
    switch (verdict, command) {
    case (.replay, let command?): try replay(command, admission, address)
    case (.wait, let command?):
      inFlight.wait(InFlightCommands.Waiter(address: address, audit: admission.audit), for: command.commandID)
    case (.resume, let command?): try resume(command, admission, address, at: now)
    case (.otherTeam, _):
      // Says no more than a conflict within the team does, and nothing of the other team.
      try refuse(.idInUse, admission, address, decision: .conflict)
    case (.otherBody, _): try refuse(.otherBody, admission, address, decision: .conflict)
    case (.undecided, let command?):
      // Telnyx is asked, if it can be asked.
      guard isWriting, admission.obstacle == nil else {
        return try refuse(.undecided(command.commandID), admission, address, decision: .conflict)
      }
      try handOut(command, to: address)
    default: try admitNew(admission, replacing: command, address, at: now)
    }
  }

  /// A duplicate doesn't wait any longer.
  func leave(_ address: AnswerAddress) throws(LedgerError) {
    guard let (waiter, commandID) = inFlight.leave(address) else { return }
    var entry = waiter.audit
    entry.commandID = commandID
    let refusal = Refusal.inFlight(commandID)
    try append(entry, decision: .conflict, status: refusal.status, rule: refusal.rule)
    outbox.append(.refused(refusal, []), to: address)
  }

  /// What is known of a command: from memory while it is being sent, else from its row.
  func find(_ commandID: String) throws(LedgerError) -> StoredCommand? {
    if let command = inFlight[commandID] { return command }
    statements.findCommand.bind(1, commandID)
    return try statements.findCommand.first { (row) throws(LedgerError) in try StoredCommand(row) }
  }

  private func judge(_ command: StoredCommand?, _ admission: Admission, at now: Moment) -> AdmissionJudge.Verdict {
    AdmissionJudge.judge(
      command, isInFlight: command.map { inFlight[$0.commandID] != nil } ?? false, askedBy: admission.team,
      fingerprint: admission.fingerprint, at: now, keep: settings.keepCommands)
  }

  /// The command that an SDK's own retry repeats, where neither of them named it.
  private func commandToJoin(_ admission: Admission, at now: Moment) throws(LedgerError) -> StoredCommand? {
    guard admission.isKeyless, admission.retryCount >= 1 else { return nil }
    let key = KeylessCommands.Key(
      team: admission.team, caller: admission.caller, fingerprint: admission.fingerprint)
    guard let commandID = keyless.find(key, at: now), let command = try find(commandID) else { return nil }
    return switch judge(command, admission, at: now) {
    case .replay, .wait, .resume: command
    case .new, .otherTeam, .otherBody, .undecided: nil
    }
  }

  private func replay(
    _ command: StoredCommand, _ admission: Admission, _ address: AnswerAddress
  ) throws(LedgerError) {
    guard let reply = try readReply(command) else {
      throw LedgerError(.failed, "the command in row \(command.id) is done but has no reply")
    }
    var entry = admission.audit
    entry.commandID = command.commandID
    try append(entry, decision: .replayed, status: reply.status, rule: nil)
    outbox.append(.replayed(reply, commandID: command.commandID), to: address)
  }

  private func resume(
    _ command: StoredCommand, _ admission: Admission, _ address: AnswerAddress, at now: Moment
  ) throws(LedgerError) {
    // It is a send like any other: not while Telnyx is down or this process is stopping.
    if let obstacle = admission.obstacle { return try refuse(obstacle, admission, address, decision: .refused) }
    let body = try readBody(command)
    guard isWriting, try hasSpace(forCommandOf: body.count) else {
      return try refuse(.ledgerUnavailable, admission, address, decision: .refused)
    }
    try mark(command, .sending)
    rows.mustNote = true
    var sending = command
    sending.state = .sending
    inFlight.begin(sending, bytes: body.count)
    let windowLeft = now.rest(of: CommandLife.resendWindow, after: command.firstSent) ?? .zero
    outbox.append(.resume(unknown(command, body, at: now), windowLeft: windowLeft), to: address)
  }

  /// The bytes that were sent.
  func readBody(_ command: StoredCommand) throws(LedgerError) -> [UInt8] {
    statements.readBody.bind(1, command.id)
    let body = try statements.readBody.first { (row) throws(LedgerError) in row.bytes(0) }
    guard let body else { throw LedgerError(.failed, "the row \(command.id) of a command is gone") }
    return body
  }

  private func admitNew(
    _ admission: Admission, replacing old: StoredCommand?, _ address: AnswerAddress, at now: Moment
  ) throws(LedgerError) {
    if let obstacle = admission.obstacle { return try refuse(obstacle, admission, address, decision: .refused) }
    guard isWriting, try hasSpace(forCommandOf: admission.body.count) else {
      return try refuse(.ledgerUnavailable, admission, address, decision: .refused)
    }
    let (statuses, refusing) = try limits.charge(
      admission.limits, now: now.wall.microseconds &* 1000, statements)
    if let refusing {
      return try refuse(.limited(refusing), admission, address, decision: .limited, statuses)
    }
    if let old { try delete(old) }
    let command = try insert(admission, at: now)
    inFlight.begin(command, bytes: admission.body.count)
    if command.isKeyless { keyless.note(command, at: now) }
    outbox.append(.admitted(statuses), to: address)
  }

  private func insert(_ admission: Admission, at now: Moment) throws(LedgerError) -> StoredCommand {
    let command = StoredCommand(
      id: rows.next(), commandID: admission.commandID, team: admission.team, caller: admission.caller,
      fingerprint: admission.fingerprint, isKeyless: admission.isKeyless, state: .sending, firstSent: now)
    let insert = statements.insertCommand
    insert.bind(1, command.commandID)
    insert.bind(2, command.team)
    insert.bind(3, command.caller)
    insert.bind(4, command.fingerprint)
    insert.bind(5, command.isKeyless ? 1 : 0)
    insert.bind(6, command.state.rawValue)
    insert.bind(7, now.wall.microseconds)
    insert.bind(8, now.boot)
    insert.bind(9, now.sinceBoot)
    insert.bind(10, admission.conferenceName)
    insert.bind(11, admission.region)
    insert.bind(12, admission.body)
    insert.bind(13, command.id)
    try insert.run()
    return command
  }

  private func refuse(
    _ refusal: Refusal, _ admission: Admission, _ address: AnswerAddress, decision: AuditEntry.Decision,
    _ statuses: [LimitStatus] = []
  ) throws(LedgerError) {
    try append(admission.audit, decision: decision, status: refusal.status, rule: refusal.rule)
    outbox.append(.refused(refusal, statuses), to: address)
  }
}
