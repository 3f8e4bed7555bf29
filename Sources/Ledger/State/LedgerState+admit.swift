internal import Conference
internal import EventLoop
internal import Gateway

extension LedgerState {
  /// May this command be sent? `AdmissionJudge` judges; here is what follows.
  func admit(_ admission: Admission, _ address: AnswerAddress) throws(LedgerError) {
    let now = now
    // Nearly every command is new. To insert its row shows that as well as a look for it would, and costs nothing more.
    if try admitUnseen(admission, address, at: now) { return }
    var command = try find(admission.commandID)
    var verdict = judge(command, admission, at: now)
    if verdict == .new, let old = command, try isNeeded(old) {
      // Too old to be replayed, but not to be forgotten: then it is replayed.
      verdict = judge(old, admission, at: now, keep: Self.forever)
    }
    if verdict == .new, let joined = try commandToJoin(admission, at: now) {
      command = joined
      verdict = judge(joined, admission, at: now)
    }
    if let forbidden = admission.forbidden, verdict.isNoRepeat { return try forbid(forbidden, admission, address) }
    switch (verdict, command) {
    case (.replay, let command?): try replay(command, admission, address)
    case (.wait, let command?):
      wait(for: command, admission, address)
    case (.resume, let command?): try resume(command, admission, address, at: now)
    case (.otherTeam, _):
      // Says no more than a conflict within the team does, and nothing of the other team.
      try refuse(.idInUse, admission, address, decision: .conflict)
    case (.otherBody, _): try refuse(.otherBody, admission, address, decision: .conflict)
    case (.undecided, let command?): try undecided(command, admission, address)
    default: try admitNew(admission, replacing: command, address, at: now)
    }
  }

  /// For the outcome of a command that is being sent, by this process or another.
  private func wait(for command: StoredCommand, _ admission: Admission, _ address: AnswerAddress) {
    if inFlight[command.commandID] != nil {
      inFlight.wait(InFlightCommands.Waiter(address: address, audit: admission.audit), for: command.commandID)
    } else {
      elsewhere.wait(
        ElsewhereWaiters.Waiter(admission: admission, address: address, commandID: command.commandID))
    }
  }

  /// A duplicate doesn't wait any longer.
  func leave(_ address: AnswerAddress) throws(LedgerError) {
    if let (waiter, commandID) = inFlight.leave(address) {
      try leave(waiter.audit, commandID, address)
    } else if let waiter = elsewhere.leave(address) {
      try leave(waiter.admission.audit, waiter.commandID, address)
    }
  }

  private func leave(_ audit: AuditedRequest, _ commandID: String, _ address: AnswerAddress) throws(LedgerError) {
    let refusal = Refusal.inFlight(commandID)
    try append(audit.entry, .conflict, refusal, commandID: commandID)
    outbox.append(.refused(refusal, []), to: address)
  }

  /// What is known of a command: from memory while it is being sent, else from its row.
  func find(_ commandID: String) throws(LedgerError) -> StoredCommand? {
    if let command = inFlight[commandID] { return command }
    return try store.command(commandID)
  }

  private func judge(
    _ command: StoredCommand?, _ admission: Admission, at now: DualClockInstant, keep: Duration? = nil
  ) -> AdmissionJudge.Verdict {
    AdmissionJudge.judge(
      command, isInFlight: command.map { inFlight[$0.commandID] != nil || $0.isSentElsewhere } ?? false,
      askedBy: admission.team, fingerprint: admission.fingerprint, at: now, keep: keep ?? settings.keepCommands,
      resendsInOneBoot: shared != nil)
  }

  /// The command that an SDK's own retry repeats, or one that is equal, where neither of them named it.
  private func commandToJoin(_ admission: Admission, at now: DualClockInstant) throws(LedgerError) -> StoredCommand? {
    guard admission.mayRepeatUnnamed else { return nil }
    let key = KeylessCommands.Key(admission)
    // Other replicas may have sent some, or have learnt since what became of them.
    let elsewhere = try shared?.equals(to: admission) ?? []
    for command in elsewhere where inFlight[command.commandID] == nil { keyless.learn(command, at: now) }
    if let time = admission.joinWithin {
      // By the calendar alone, as the store has it unique: what a clock that fell back has put into the future is not too old.
      let stored = elsewhere.filter { $0.firstSent.wall >= now.wall - time }.map(\.commandID)
      let equal = keyless.equal(to: key, within: time, at: now) + stored
      if let command = try join(equal, admission, at: now, alsoUndecided: true) { return command }
    }
    guard admission.retryCount >= 1 else { return nil }
    let (open, done) = keyless.find(key, retry: admission.retryCount, at: now)
    if let command = try join(open, admission, at: now) { return command }
    if keylessRefusals.take(key, retry: admission.retryCount, at: now) { return nil }
    return try join(done, admission, at: now)
  }

  /// The first of these commands that can be joined.
  ///
  /// - Parameter alsoUndecided: also one of which nobody knows what became of it, and that must not be sent again.
  private func join(
    _ commandIDs: [String], _ admission: Admission, at now: DualClockInstant, alsoUndecided: Bool = false
  ) throws(LedgerError) -> StoredCommand? {
    for commandID in commandIDs {
      guard let command = try find(commandID) else { continue }
      switch judge(command, admission, at: now) {
      case .replay, .wait, .resume:
        keyless.join(command, retry: admission.retryCount)
        return command
      case .undecided where alsoUndecided: return command
      case .new, .otherTeam, .otherBody, .undecided: break
      }
    }
    return nil
  }

  private func replay(
    _ command: StoredCommand, _ admission: Admission, _ address: AnswerAddress
  ) throws(LedgerError) {
    guard let reply = try store.reply(ofRow: command.id) else {
      throw LedgerError(.failed, "the command in row \(command.id) is done but has no reply")
    }
    try tell(reply, of: command.commandID, to: InFlightCommands.Waiter(address: address, audit: admission.audit))
  }

  private func resume(
    _ command: StoredCommand, _ admission: Admission, _ address: AnswerAddress, at now: DualClockInstant
  ) throws(LedgerError) {
    // It is a send like any other: not while Telnyx is down or this process is stopping.
    if let unavailability = admission.unavailability {
      return try refuse(unavailability, admission, address, decision: .refused)
    }
    let sent = try readSent(command)
    // Another token may be another account's: to that it would be a new command.
    guard sent.token != nil else { return try undecided(command, admission, address) }
    let body = sent.body
    guard isWriting, try hasSpace(forCommandOf: body.count) else {
      return try refuse(.ledgerUnavailable, admission, address, decision: .refused)
    }
    let sending = try take(command, .sending, at: now)
    rows.mustNote = true
    if command.isKeyless { keyless.become(.sending, command) }
    begin(sending, bytes: body.count)
    let windowLeft = now.rest(of: CommandLife.resendWindow, after: command.firstSent) ?? .zero
    outbox.append(.resume(unknown(command, sent, at: now), windowLeft: windowLeft), to: address)
  }

  /// It may not be sent again: Telnyx is asked, if it can be asked.
  private func undecided(
    _ command: StoredCommand, _ admission: Admission, _ address: AnswerAddress
  ) throws(LedgerError) {
    // Another replica that holds it looks it up.
    guard isWriting, admission.unavailability == nil, !command.holder.isElsewhere else {
      return try refuse(undecided(command), admission, address, decision: .conflict)
    }
    try handOut(command, to: address)
  }

  func readSent(_ command: StoredCommand) throws(LedgerError) -> SentCommand {
    guard let sent = try store.sent(inRow: command.id) else {
      throw LedgerError(.failed, "the row \(command.id) of a command is gone")
    }
    return sent
  }

  /// Telnyx has refused the token with which the command was admitted: from now on another one may send it.
  func noteToken(_ token: TokenDigest, of commandID: String, _ address: AnswerAddress) throws(LedgerError) {
    guard isWriting, let command = inFlight[commandID], try hasSpace(forCommandOf: 0) else {
      return outbox.append(.refused(.ledgerUnavailable, []), to: address)
    }
    try store.noteToken(token, of: command)
    outbox.append(.tokenNoted, to: address)
  }

  /// Admits a command where nothing stands in its way and no row has its id.
  ///
  /// - Returns: false where something does; then nothing has happened.
  private func admitUnseen(
    _ admission: Admission, _ address: AnswerAddress, at now: DualClockInstant
  ) throws(LedgerError) -> Bool {
    guard isWriting, admission.unavailability == nil, admission.forbidden == nil, !admission.mayRepeatUnnamed else {
      return false
    }
    if let shared { return try admitUnseen(admission, address, at: now, shared) }
    let nanoseconds = limitClock.nanoseconds(at: now)
    guard
      try limits?.allows(admission.limits, now: nanoseconds) == true,
      try hasSpace(forCommandOf: admission.body.count), let command = try insert(admission, at: now)
    else { return false }
    sending(command, admission, limits?.count(now: nanoseconds) ?? [], address, at: now)
    return true
  }

  /// The same where what is known was read before.
  private func admitUnseen(
    _ admission: Admission, _ address: AnswerAddress, at now: DualClockInstant, _ shared: any SharedLedgerStore
  ) throws(LedgerError) -> Bool {
    guard try find(admission.commandID) == nil else { return false }
    let (statuses, refusing) = try shared.limits(for: admission)
    guard refusing == nil, let command = try insert(admission, at: now) else { return false }
    sending(command, admission, statuses, address, at: now)
    return true
  }

  private func admitNew(
    _ admission: Admission, replacing old: StoredCommand?, _ address: AnswerAddress, at now: DualClockInstant
  ) throws(LedgerError) {
    if let unavailability = admission.unavailability {
      return try refuseNew(unavailability, admission, address, decision: .refused, at: now)
    }
    guard isWriting, try hasSpace(forCommandOf: admission.body.count) else {
      return try refuseNew(.ledgerUnavailable, admission, address, decision: .refused, at: now)
    }
    let (statuses, refusing) =
      if let shared {
        try shared.limits(for: admission)
      } else {
        try limits?.charge(admission.limits, now: limitClock.nanoseconds(at: now)) ?? ([], nil)
      }
    if let refusing {
      return try refuseNew(.limited(refusing), admission, address, decision: .limited, statuses, at: now)
    }
    if let old { try delete(old) }
    guard let command = try insert(admission, at: now) else {
      throw LedgerError(.failed, "the id of a command that is not there is taken")
    }
    sending(command, admission, statuses, address, at: now)
  }

  private func sending(
    _ command: consuming StoredCommand, _ admission: Admission, _ statuses: [LimitStatus], _ address: AnswerAddress,
    at now: DualClockInstant
  ) {
    if command.isKeyless { keyless.note(command, retries: admission.retryCount, at: now) }
    begin(command, bytes: admission.body.count)
    outbox.append(.admitted(statuses), to: address)
  }

  /// - Returns: nil where there is a row with the command's id.
  private func insert(_ admission: Admission, at now: DualClockInstant) throws(LedgerError) -> StoredCommand? {
    let command = StoredCommand(
      id: try shared?.nextRow() ?? rows.last + 1, commandID: admission.commandID, team: admission.team,
      caller: admission.caller,
      fingerprint: admission.fingerprint, isKeyless: admission.isKeyless, state: .sending, firstSent: now)
    guard let inserted = try store.insert(command, from: admission) else { return nil }
    rows.last = inserted.id
    return inserted
  }

  /// It is no repeat of the caller's own, so what policy says of it now counts.
  private func forbid(
    _ forbidden: ForbiddenCommand, _ admission: Admission, _ address: AnswerAddress
  ) throws(LedgerError) {
    try append(admission.audit.entry, .refused, status: forbidden.refusal.status) { entry in
      entry.note(forbidden.refusal)
      entry.fields = forbidden.fields
    }
    outbox.append(.refused(forbidden.refusal, []), to: address)
  }

  /// Refuses what is no repeat of any command.
  private func refuseNew(
    _ refusal: Refusal, _ admission: Admission, _ address: AnswerAddress, decision: AuditEntry.Decision,
    _ statuses: [LimitStatus] = [], at now: DualClockInstant
  ) throws(LedgerError) {
    if admission.isKeyless, KeylessRefusals.isTriedAgain(status: refusal.status) {
      keylessRefusals.note(KeylessCommands.Key(admission), retries: admission.retryCount, at: now)
    }
    try refuse(refusal, admission, address, decision: decision, statuses)
  }

  private func refuse(
    _ refusal: Refusal, _ admission: Admission, _ address: AnswerAddress, decision: AuditEntry.Decision,
    _ statuses: [LimitStatus] = []
  ) throws(LedgerError) {
    try append(admission.audit.entry, decision, refusal)
    outbox.append(.refused(refusal, statuses), to: address)
  }
}

extension Admission {
  /// It has no key and may repeat a command all the same, of which its body has to tell: an SDK's own retry, or where equal ones are
  /// joined.
  var mayRepeatUnnamed: Bool { isKeyless && (retryCount >= 1 || joinWithin != nil) }
}

extension KeylessCommands.Key {
  fileprivate init(_ admission: Admission) {
    self.init(team: admission.team, caller: admission.caller, fingerprint: admission.fingerprint)
  }
}

extension AdmissionJudge.Verdict {
  /// Nothing that this caller's request could repeat is known.
  fileprivate var isNoRepeat: Bool {
    switch self {
    case .new, .otherTeam, .otherBody: true
    case .replay, .wait, .resume, .undecided: false
    }
  }
}
