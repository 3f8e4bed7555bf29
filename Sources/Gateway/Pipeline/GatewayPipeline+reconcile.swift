internal import EventLoop

/// Commands of unknown outcome: looked up at Telnyx for a caller who repeats one, at once where Telnyx's own answer was a
/// riddle, and in the background for those that nobody repeats.
extension GatewayPipeline {
  /// How long after a look-up the next one in the background, and how long where there was nothing to look up.
  private static let backgroundPause: Duration = .seconds(1)
  private static let backgroundRest: Duration = .seconds(15)

  /// For a repeat that came too late to send the same bytes again.
  func reconcile(_ command: UnknownCommand, of exchange: Exchange) {
    exchange.commandID = command.commandID
    exchange.phase = .reconciling
    reconciler.find(command, for: exchange.id, until: exchange.deadline) { [weak self] finding in
      guard let self else { return }
      exchange.phase = .admitting
      submit(
        .resolve(Resolution(commandID: command.commandID, finding: finding, audit: exchange.takeAudit())),
        for: exchange)
    }
  }

  /// The command that was looked up is not there: this repeat of it is a new try.
  func admitAgain(_ exchange: Exchange) {
    guard let decided = exchange.decided else { return }
    exchange.commandID = decided.commandID
    admit(decided, of: exchange)
  }

  /// Telnyx's last answer was a 2xx without a conference, or a no to a command that was sent before: before the caller is
  /// told that nobody knows, Telnyx is asked.
  func settleAfterLookUp(_ exchange: Exchange, _ verdict: CommandLife.Verdict, _ sending: Exchange.Sending) {
    exchange.phase = .reconciling
    // Where the calendar was set since, rather too early.
    let firstSent = min(sending.firstSent, WallTime.now - (loop.now - sending.began))
    let command = UnknownCommand(
      commandID: exchange.commandID, body: sending.body, firstSent: firstSent, mayStillArrive: true)
    reconciler.find(command, for: exchange.id, until: exchange.deadline) { [weak self] finding in
      guard let self else { return }
      if case .found(let id, let reply) = finding {
        let upstream = UpstreamReply(status: reply.status, fields: reply.fields, body: reply.body)
        settle(exchange, .executed(upstream, conferenceID: id), otherwise: verdict)
      } else {
        settle(exchange, verdict)
      }
    }
  }

  // MARK: In the background

  /// Looks up, one after the other, what an earlier process left unknown and what nobody repeats. For one worker to call,
  /// once.
  package func reconcileInBackground() { lookUpNext(after: .zero) }

  private func lookUpNext(after pause: Duration) {
    loop.timers.schedule(at: loop.now + pause) { [weak self] in
      guard let self, !isDraining else { return }
      let id = newBackgroundID()
      background = id
      submit(.nextUnknown, for: id)
    }
  }

  /// - Returns: false where the answer is for no look-up in the background.
  func backgroundAnswered(_ answer: LedgerAnswer, for id: ExchangeID) -> Bool {
    guard id == background else { return false }
    switch answer {
    case .reconcile(let command):
      reconciler.find(command, for: id, until: loop.now + configuration.upstream.deadline) { [weak self] finding in
        guard let self else { return }
        submit(.resolve(Resolution(commandID: command.commandID, finding: finding, audit: nil)), for: id)
      }
    case .nothingUnknown: lookUpNext(after: Self.backgroundRest)
    default: lookUpNext(after: Self.backgroundPause)
    }
    return true
  }
}
