internal import Conference
internal import EventLoop

/// Every request has a deadline, and somebody who keeps it: libcurl for a send, `CommandLife` for the waiting between two
/// sends, this file for everything that waits for the ledger.
extension GatewayPipeline {
  /// How much longer than its deadline a request waits for a ledger that doesn't answer.
  private static let ledgerGrace: Duration = .seconds(5)

  func deadlinePassed(_ exchange: Exchange) {
    switch exchange.phase {
    // Ends by itself right now; then the ledger is waited for.
    case .sending, .backingOff, .reconciling: break
    // A duplicate that waits for another request's outcome, unless the disk is stuck.
    case .admitting: submit(.leave(commandID: exchange.commandID), for: exchange)
    case .settling, .recording, .inspecting, .opened: break
    }
    exchange.graceTimer = loop.timers.schedule(at: loop.now + Self.ledgerGrace) { [weak self] in
      self?.ledgerIsSilent(exchange)
    }
  }

  /// Answers without the ledger. The exchange stays open: whatever the ledger says at last must still be dealt with.
  private func ledgerIsSilent(_ exchange: Exchange) {
    let refusal: Refusal =
      if exchange.sending != nil {
        .outcomeUnknown("the outcome could not be recorded in time", commandID: exchange.commandID)
      } else {
        .unavailable(.ledgerUnavailable, "the ledger did not answer in time; nothing was sent")
      }
    exchange.reply(Reply(refusal, requestID: exchange.requestID), closing: isDraining)
  }
}
