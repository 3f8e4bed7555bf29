internal import Conference
internal import EventLoop

/// What comes back to a worker: the ledger's answers, and the outcomes of attempts. Each is an event for the state of its exchange.
extension GatewayPipeline {
  /// The ledger's answers to this worker, in order.
  package func ledgerAnswered(_ answers: [AddressedLedgerAnswer]) {
    for addressed in answers {
      if let exchange = exchanges[addressed.exchange] {
        answered(exchange, addressed.answer, under: addressed.lease)
      } else if addressed.exchange == background {
        backgroundAnswered(addressed.answer, for: addressed.exchange)
      } else {
        logStray("the ledger answered an exchange that is over", addressed.exchange)
      }
    }
  }

  private func answered(_ exchange: Exchange, _ answer: LedgerAnswer, under lease: UInt64) {
    note(answer, in: &exchange.times)
    exchange.spans?.answered(answer, at: loop.now)
    switch answer {
    case .admitted(let limits):
      exchange.lease = lease
      admitted(exchange, limits)
    case .resume(let command, let windowLeft):
      exchange.lease = lease
      resumed(exchange, command, windowLeft)
    case .replayed(let stored, let commandID): replayed(exchange, stored, commandID)
    case .refused(let refusal, let limits): refused(exchange, refusal, limits)
    case .reconcile(let command): run(exchange.state.handedOut(command), of: exchange)
    case .absent: absent(exchange)
    case .tokenNoted: run(exchange.state.tokenNoted(at: loop.now, mayBegin: mayBegin(exchange)), of: exchange)
    case .settled: run(exchange.state.settled(), of: exchange)
    case .settledOtherwise: run(exchange.state.settled(otherwise: true), of: exchange)
    case .recorded: run(exchange.state.recorded(), of: exchange)
    case .operation(let operation): run(exchange.state.inspected(operation), of: exchange)
    case .passed(let token, let note, let limits):
      exchange.lease = lease
      passed(exchange, token, note: note, limits)
    case .visible(let conferenceIDs): run(exchange.state.sifted(conferenceIDs, at: loop.now), of: exchange)
    case .resolved: run(exchange.state.answerFault("resolved"), of: exchange)
    case .nothingUnknown: run(exchange.state.answerFault("nothingUnknown"), of: exchange)
    }
  }

  private func admitted(_ exchange: Exchange, _ limits: [LimitStatus]) {
    health.firstSend()
    run(
      exchange.state.admitted(
        limits, bounds: exchange.bounds(tokens: exchange.state.tokens), calendar: .now, at: loop.now,
        mayBegin: mayBegin(exchange)),
      of: exchange)
  }

  /// An earlier request's command, of unknown outcome, is sent again, with the token that sent it then and no other.
  private func resumed(_ exchange: Exchange, _ command: UnknownCommand, _ windowLeft: Duration) {
    health.firstSend()
    run(
      exchange.state.resumed(
        command, windowLeft: windowLeft,
        bounds: exchange.bounds(tokens: command.token.flatMap(health.token).map { [$0] } ?? []), at: loop.now,
        mayBegin: mayBegin(exchange)),
      of: exchange)
  }

  func mayBegin(_ exchange: Exchange) -> Bool { !exchange.isAnswered && stop < .abandoning }

  private func replayed(_ exchange: Exchange, _ stored: StoredReply, _ commandID: String) {
    exchange.decision = .replayed
    run(exchange.state.replayed(stored, commandID: commandID), of: exchange)
  }

  /// Conflict, in flight, limited, or nothing can be sent or written.
  private func refused(_ exchange: Exchange, _ refusal: Refusal, _ limits: [LimitStatus]) {
    exchange.detail?.refusal = refusal
    note(refusal, limits, of: exchange)
    tell(refusal, limits, of: exchange)
    run(exchange.state.refused(refusal, limits, at: loop.now), of: exchange)
  }

  /// The command that was looked up is not there.
  private func absent(_ exchange: Exchange) {
    run(
      exchange.state.absent(
        unavailability: { unavailability }, at: loop.now, isOverdue: loop.now >= exchange.deadline), of: exchange)
  }
}

extension GatewayPipeline: AttemptReceiving {
  package func attemptEnded(_ outcome: AttemptOutcome, of id: ExchangeID) {
    if reconciler.isLookingUp(id) {
      // Where nothing else is sent, it alone shows that Telnyx can't be reached.
      if stop < .abandoning { tell(health.lookUpEnded(outcome, at: loop.now), of: exchanges[id]) }
      return reconciler.attemptEnded(outcome, of: id)
    }
    guard let exchange = exchanges[id] else { return logStray("an attempt ended of an exchange that is over", id) }
    note(outcome, in: &exchange.times)
    counts.attemptEnded(outcome, after: .now - exchange.attemptBegan)
    exchange.spans?.attemptEnded(outcome, at: loop.now)
    // What the end of the process has cut off says nothing of Telnyx.
    if let token = exchange.state.token, stop < .abandoning {
      tell(
        exchange.call?.isRead == true
          ? health.lookUpEnded(outcome, at: loop.now) : health.attemptEnded(outcome, token: token, at: loop.now),
        of: exchange)
    }
    run(
      exchange.state.attemptEnded(
        outcome, at: loop.now, calendar: .now, jitter: Double.random(in: 0..<1),
        mayRetry: { health.mayResend(at: loop.now) }), of: exchange)
  }
}
