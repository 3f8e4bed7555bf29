internal import EventLoop
internal import Gateway
internal import Logging

extension LedgerState {
  /// The outcome of a command: into its row, on the record, and to everyone who waits for it, in one transaction.
  func settle(_ settlement: Settlement, _ address: AnswerAddress) throws(LedgerError) {
    let ended = inFlight.end(settlement.commandID)
    if let ended, let otherwise = settlement.otherwise, case .done(let conferenceID) = settlement.outcome,
      try mayBelongToAnother(conferenceID, than: ended.command)
    {
      try settle(otherwise, ended, .settledOtherwise, address)
    } else {
      try settle(settlement, ended, .settled, address)
    }
  }

  /// - Parameter ended: nil where nobody is sending the command.
  private func settle(
    _ settlement: Settlement, _ ended: InFlightCommands.Sending?, _ answer: LedgerAnswer, _ address: AnswerAddress
  ) throws(LedgerError) {
    if let ended, try holds(ended.command) {
      try write(settlement, of: ended.command)
    } else if let ended {
      if let command = try superseded(ended.command, by: settlement.outcome) { try write(settlement, of: command) }
    } else {
      var metadata = settlement.audit.entry.logMetadata
      metadata["command_id"] = "\(settlement.commandID)"
      logger.error("an outcome for a command that nobody sends", metadata: metadata)
    }
    try append(settlement.audit.entry, .forwarded, status: settlement.reply.status) { entry in
      if let sent = settlement.resent { entry.note(sent: sent, pseudonyms) }
      entry.note(settlement)
    }
    for waiter in ended?.waiters ?? [] { try tell(settlement.reply, of: settlement.commandID, to: waiter) }
    outbox.append(answer, to: address)
  }

  /// Another request's outcome, to one that repeats it.
  func tell(
    _ reply: StoredReply, of commandID: String, to waiter: InFlightCommands.Waiter
  ) throws(LedgerError) {
    try append(waiter.audit.entry, .replayed, status: reply.status) { $0.commandID = commandID }
    outbox.append(.replayed(reply, commandID: commandID), to: waiter.address)
  }

  func inspect(_ commandID: String, team: String, _ address: AnswerAddress) throws(LedgerError) {
    guard let command = try find(commandID), command.team.utf8.elementsEqual(team.utf8) else {
      return outbox.append(.operation(nil), to: address)
    }
    let state: Operation.State =
      switch command.state {
      case .sending: inFlight[commandID] == nil && !command.isSentElsewhere ? .unknown : .inFlight
      case .done: .done
      case .unknown: .unknown
      }
    let isDone = state == .done
    let operation = Operation(
      commandID: commandID, state: state, firstSent: command.firstSent.wall,
      reply: isDone ? try store.reply(ofRow: command.id) : nil,
      conferenceID: isDone ? try store.conference(ofRow: command.id) : nil)
    outbox.append(.operation(operation), to: address)
  }

  func delete(_ command: StoredCommand) throws(LedgerError) {
    if command.state == .unknown { unknownTally.change() }
    try store.delete(command)
  }

  private func write(_ settlement: Settlement, of command: StoredCommand) throws(LedgerError) {
    switch settlement.outcome {
    case .free:
      if command.isKeyless { free(command, answered: settlement.reply.status) }
      try delete(command)
    case .done(let conferenceID): try markDone(command, conferenceID: conferenceID, reply: settlement.reply)
    case .unknown:
      if command.isKeyless { keyless.become(.unknown, command) }
      _ = try mark(command, .unknown)
    }
  }

  /// One without a key was not executed.
  private func free(_ command: StoredCommand, answered status: Int) {
    let retries = keyless.forget(command)
    if let retries, KeylessRefusals.isTriedAgain(status: status) {
      keylessRefusals.note(KeylessCommands.Key(command), retries: retries, at: now)
    }
  }

  func markDone(_ command: StoredCommand, conferenceID: String, reply: StoredReply) throws(LedgerError) {
    try store.insertOutcome(of: command, settled: now.wall, conferenceID: conferenceID, reply: reply)
    if command.isKeyless { keyless.become(.done, command) }
    if command.state == .unknown { unknownTally.change() }
  }

  /// - Parameter state: sending or unknown.
  func mark(_ command: StoredCommand, _ state: StoredCommand.State) throws(LedgerError) -> StoredCommand {
    unknownTally.change()
    return try store.mark(command, state)
  }
}
