internal import EventLoop

/// Every request has a deadline, and somebody who keeps it: libcurl for a send, `CommandLife` for the waiting between two
/// sends, this file for everything that waits for the ledger.
extension GatewayPipeline {
  /// How much longer than its deadline a request waits for a ledger that doesn't answer.
  static let ledgerGrace: Duration = .seconds(5)

  func deadlinePassed(_ exchange: Exchange) { run(exchange.state.deadlinePassed(), of: exchange) }

  func giveGrace(to exchange: Exchange) {
    exchange.graceTimer = loop.timers.schedule(at: loop.now + Self.ledgerGrace) { [weak self] in
      self?.run(exchange.state.ledgerIsSilent(), of: exchange)
    }
  }

  /// Waits between two sends.
  func backOff(_ exchange: Exchange, until: MonotonicTime) {
    exchange.backoffTimer = loop.timers.schedule(at: until) { [weak self] in
      guard let self else { return }
      run(exchange.state.backoffEnded(at: loop.now), of: exchange)
    }
  }
}
