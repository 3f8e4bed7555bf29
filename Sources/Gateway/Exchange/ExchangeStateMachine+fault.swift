/// An event that can't be where the exchange stands is a mistake of this program, never silence: the caller is told, and what
/// may have been sent still gets its settlement.
extension ExchangeStateMachine {
  /// Something else than the ledger has said what can't be. What the exchange waits for is still to come, and ends it.
  mutating func fault(_ event: String) -> ExchangeEffect {
    switch state {
    case .opened, .closed: end(event)
    case .admitting, .lookingUp, .resolving, .sending, .noting, .backingOff, .checking, .settling, .recording,
      .inspecting, .asking, .passing, .pausing, .sifting, .closing:
      goOn(event)
    }
  }

  /// The ledger has said what can't be.
  ///
  /// It answers once what it was asked: where it was to answer, this was its answer, and none will follow. What it was told, it
  /// has heard: an outcome is on its way to the disk, and a command that it counts as under way is unknown at the next
  /// start. Where it was not to answer, Telnyx is, and what Telnyx says will be settled.
  mutating func answerFault(_ event: String) -> ExchangeEffect {
    switch state {
    case .opened, .admitting, .resolving, .settling, .recording, .inspecting, .asking, .sifting, .closing, .closed:
      end(event)
    // The command is under way there, and nothing of it was executed.
    case .noting(let sending): settle(sending, despite: event)
    case .lookingUp, .sending, .backingOff, .checking, .passing, .pausing: goOn(event)
    }
  }

  private mutating func end(_ event: String) -> ExchangeEffect {
    let fault = ExchangeFault(event: event, state: state.name, asked: state.asked)
    state = .closed
    return .fault(fault, isEnd: true)
  }

  private mutating func settle(_ sending: Sending, despite event: String) -> ExchangeEffect {
    let fault = ExchangeFault(event: event, state: state.name, asked: state.asked)
    let action = sending.life.tokenNoted(false, at: sending.began)
    return .fault(fault, isEnd: false, then: perform(action, of: sending, at: sending.began))
  }

  private func goOn(_ event: String) -> ExchangeEffect {
    // Nobody waits for a further send.
    switch state {
    case .sending(let sending, _), .noting(let sending), .backingOff(let sending): sending.life.stopAfterThis()
    case .passing(let passing, _), .pausing(let passing): passing.life.stopAfterThis()
    default: break
    }
    return .fault(ExchangeFault(event: event, state: state.name, asked: state.asked), isEnd: false)
  }
}
