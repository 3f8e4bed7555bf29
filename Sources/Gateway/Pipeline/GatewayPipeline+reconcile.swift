internal import EventLoop

/// Commands of unknown outcome: looked up at Telnyx for a caller who repeats one, at once where Telnyx's own answer was a
/// riddle, and in the background for those that nobody repeats.
extension GatewayPipeline {
  /// How long after a look-up the next one in the background, and how long where there was nothing to look up.
  private static let backgroundPause: Duration = .seconds(1)
  private static let backgroundRest: Duration = .seconds(15)

  func lookUp(_ command: UnknownCommand, token: Int?, of exchange: Exchange) {
    let span = numbers.spanID()
    exchange.spans?.looksUp(as: span, at: loop.now)
    reconciler.find(
      command, token: token, for: exchange.id, until: exchange.deadline,
      attemptTimeout: exchange.snapshot.upstream.attemptTimeout, traceparent: exchange.trace.sent(by: span)
    ) { [weak self] finding in
      guard let self else { return }
      if exchange.state.isOfUnknownOutcome { tell(finding) }
      exchange.spans?.lookedUp(finding, at: loop.now)
      run(exchange.state.lookedUp(finding, at: loop.now), of: exchange)
    }
  }

  // MARK: In the background

  /// Looks up, one after the other, what an earlier process left unknown and what nobody repeats. For one worker to call,
  /// once.
  package func reconcileInBackground() { lookUpNext(after: .zero) }

  private func lookUpNext(after pause: Duration) {
    loop.timers.schedule(at: loop.now + pause) { [weak self] in
      guard let self, stop < .draining else { return }
      let id = newBackgroundID()
      background = id
      submit(.nextUnknown, for: id)
    }
  }

  /// - Parameter id: of what was asked in the background.
  func backgroundAnswered(_ answer: LedgerAnswer, for id: ExchangeID) {
    switch answer {
    case .reconcile(let command):
      let settings = snapshot.upstream
      reconciler.find(
        command, for: id, until: loop.now + settings.deadline, attemptTimeout: settings.attemptTimeout
      ) { [weak self] finding in
        guard let self else { return }
        tell(finding)
        submit(.resolve(Resolution(commandID: command.commandID, finding: finding, audit: nil)), for: id)
      }
    case .nothingUnknown: lookUpNext(after: Self.backgroundRest)
    // `refused` where the ledger can't be asked now.
    case .resolved, .refused: lookUpNext(after: Self.backgroundPause)
    case .admitted, .resume, .replayed, .absent, .tokenNoted, .settled, .settledOtherwise, .recorded, .operation,
      .passed, .visible:
      logStray("the ledger answered a look-up in the background with what can't be", id)
      lookUpNext(after: Self.backgroundPause)
    }
  }
}
