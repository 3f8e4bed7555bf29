internal import Conference
internal import EventLoop
internal import Gateway
internal import Logging

/// Commands of unknown outcome that nobody may send again: handed out to be looked up at Telnyx, and what was found.
///
/// A command that is handed out counts as in flight, so that it is looked up once and its duplicates wait. Nothing is
/// written until something is found: a process that dies meanwhile leaves it unknown.
extension LedgerState {
  func handOut(_ command: StoredCommand, to address: AnswerAddress) throws(LedgerError) {
    let sent = try readSent(command)
    // Of several replicas one looks it up.
    let command = shared == nil ? command : try take(command, .unknown, at: now)
    inFlight.begin(command, pages: WALEstimate.outcome(bytes: sent.body.count, namesOwner: conferences.isOn))
    let others = try conferencesOfOthers(than: command)
    outbox.append(.reconcile(unknown(command, sent, at: now, others: others)), to: address)
  }

  /// A command as those know it who send it again or look it up.
  func unknown(
    _ command: StoredCommand, _ sent: SentCommand, at now: DualClockInstant, others: Set<String> = []
  ) -> UnknownCommand {
    UnknownCommand(
      commandID: command.commandID, body: sent.body, firstSent: now.wallTime(of: command.firstSent),
      age: now.certainAge(of: command.firstSent),
      mayStillArrive: now.age(of: command.firstSent) <= CommandLife.duplicateMemory, others: others,
      token: sent.token)
  }

  /// The next one to look up in the background: older than the window in which a repeat would send it again, and not
  /// looked up in vain of late.
  func handOutNext(to address: AnswerAddress) throws(LedgerError) {
    guard isWriting || shared == nil else { return outbox.append(.nothingUnknown, to: address) }
    let now = now
    var next: StoredCommand?
    try store.forEachUnknown { (command) throws(LedgerError) in
      guard !now.isWithin(CommandLife.resendWindow, after: command.firstSent), inFlight[command.commandID] == nil,
        lookUps.isDue(command.id, at: .now)
      else { return true }
      next = command
      return false
    }
    guard let next else { return outbox.append(.nothingUnknown, to: address) }
    try handOut(next, to: address)
  }

  /// Nobody can tell yet; when Telnyx will be asked again.
  func undecided(_ command: StoredCommand) -> Refusal {
    .undecided(command.commandID, wait: lookUps.wait(command.id, at: .now))
  }

  func resolve(_ resolution: Resolution, _ address: AnswerAddress) throws(LedgerError) {
    guard let ended = inFlight.end(resolution.commandID) else {
      var metadata = resolution.audit?.entry.logMetadata ?? [:]
      metadata["command_id"] = "\(resolution.commandID)"
      logger.error("a finding about a command that nobody looks up", metadata: metadata)
      return outbox.append(.refused(.undecided(resolution.commandID, wait: .zero), []), to: address)
    }
    let command = ended.command
    var waiters = ended.waiters
    if let audit = resolution.audit {
      waiters.insert(InFlightCommands.Waiter(address: address, audit: audit), at: 0)
    } else {
      outbox.append(.resolved, to: address)
    }
    // What another replica has taken over is that one's to find out.
    let isOwn = try holds(command)
    var finding = isWriting && isOwn ? resolution.finding : .unclear
    if case .found(let conferenceID, _) = finding, try mayBelongToAnother(conferenceID, than: command) {
      finding = .unclear
    }
    switch finding {
    case .found(let conferenceID, let reply):
      try markDone(command, conferenceID: conferenceID, reply: reply)
      let record = try recovered(command, at: now, .executed) { entry in
        (entry.status, entry.rule, entry.settler) = (reply.status, "reconcile.found", .lookUp)
        entry.conferenceID = conferenceID
      }
      try write(record)
      for waiter in waiters { try tell(reply, of: command.commandID, to: waiter) }
    case .absent:
      if command.isKeyless { keyless.forget(command) }
      let record = try recovered(command, at: now, .notExecuted) {
        ($0.rule, $0.settler) = ("reconcile.absent", .lookUp)
      }
      try write(record)
      try delete(command)
      for waiter in waiters { outbox.append(.absent, to: waiter.address) }
    case .unclear:
      lookUps.failed(command.id, at: .now)
      let refusal = undecided(command)
      for waiter in waiters {
        try append(waiter.audit.entry, .conflict, refusal, commandID: command.commandID)
        outbox.append(.refused(refusal, []), to: waiter.address)
      }
    }
  }
}
