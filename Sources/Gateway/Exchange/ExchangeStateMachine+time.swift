internal import Conference
internal import EventLoop

/// What Telnyx, the clock and the end of the process tell an exchange.
extension ExchangeStateMachine {
  /// - Parameters:
  ///   - jitter: as for `CommandLife`, and so is `mayRetry`.
  ///   - calendar: asked only where Telnyx has to be asked.
  mutating func attemptEnded(
    _ outcome: AttemptOutcome, at now: MonotonicTime, calendar: @autoclosure () -> WallTime,
    jitter: @autoclosure () -> Double, mayRetry: () -> Bool
  ) -> ExchangeEffect {
    if case .passing(let passing, _) = state {
      let action = passing.life.attemptEnded(outcome, at: now, jitter: jitter(), mayRetry: mayRetry)
      return perform(action, of: passing, at: now)
    }
    guard case .sending(let sending, _) = state else { return fault("attemptEnded") }
    let action = sending.life.attemptEnded(outcome, at: now, jitter: jitter(), mayRetry: mayRetry)
    if case .settle(let verdict) = action, case .unknown = verdict, sending.life.isWorthReconciling {
      state = .checking(sending, verdict)
      return .lookUp(sending.unknown(at: now, calendar: calendar()), token: sending.life.token)
    }
    return perform(action, of: sending, at: now)
  }

  mutating func backoffEnded(at now: MonotonicTime) -> ExchangeEffect {
    if case .pausing(let passing) = state { return perform(passing.life.backoffEnded(at: now), of: passing, at: now) }
    guard case .backingOff(let sending) = state else { return fault("backoffEnded") }
    return perform(sending.life.backoffEnded(at: now), of: sending, at: now)
  }

  /// What was to be sent just now may be another replica's by now.
  mutating func withheld(at now: MonotonicTime) -> ExchangeEffect {
    if case .passing(let passing, _) = state { return perform(passing.life.stopped(), of: passing, at: now) }
    guard case .sending(let sending, _) = state else { return fault("withheld") }
    return perform(sending.life.stopped(), of: sending, at: now)
  }

  mutating func lookedUp(_ finding: Resolution.Finding, at now: MonotonicTime) -> ExchangeEffect {
    switch (state, finding) {
    case (.lookingUp(let asked), _):
      state = .resolving(asked)
      return .ask(.resolve(Resolution(commandID: asked.commandID, finding: finding, audit: asked.audit)))
    case (.checking(let sending, let verdict), .found(let id, let reply)):
      let upstream = UpstreamReply(status: reply.status, fields: reply.fields, body: reply.body)
      return settle(.executed(upstream, conferenceID: id), of: sending, at: now, otherwise: verdict)
    case (.checking(let sending, let verdict), .absent), (.checking(let sending, let verdict), .unclear):
      return settle(verdict, of: sending, at: now)
    default: return fault("lookedUp")
    }
  }

  /// What waits for Telnyx ends by itself right now; then the ledger is waited for. A duplicate that waits for another
  /// request's outcome waits no longer.
  mutating func deadlinePassed() -> ExchangeEffect {
    switch state {
    case .admitting: .giveGrace(leaving: true)
    case .opened, .lookingUp, .resolving, .sending, .noting, .backingOff, .checking, .settling, .recording, .inspecting,
      .asking, .passing, .pausing, .sifting, .closing:
      .giveGrace(leaving: false)
    case .closed: fault("deadlinePassed")
    }
  }

  /// Long after the deadline there is no answer: the caller hears what is certain.
  mutating func ledgerIsSilent() -> ExchangeEffect {
    let refusal: Refusal
    switch state {
    case .sending, .backingOff, .checking, .settling:
      refusal = .outcomeUnknown("the outcome could not be recorded in time", commandID: state.asked?.commandID ?? "")
    case .lookingUp, .resolving:
      refusal = .outcomeUnknown(
        "what became of this command could not be found out in time", commandID: state.asked?.commandID ?? "")
    case .noting:
      refusal = .unavailable(.ledgerUnavailable, "the ledger did not answer in time; nothing was executed")
    case .passing(let passing, _), .pausing(let passing), .sifting(let passing): refusal = passing.unanswered
    case .closing(_, let passing): refusal = passing.unrecorded
    case .opened, .admitting, .recording, .inspecting, .asking:
      refusal = .unavailable(.ledgerUnavailable, "the ledger did not answer in time; nothing was sent")
    case .closed: return fault("ledgerIsSilent")
    }
    return .reply(Reply(refusal, requestID: requestID), about: state.asked)
  }

  /// The process is ending: nothing is waited for but the ledger.
  mutating func abandon(at now: MonotonicTime) -> ExchangeEffect {
    switch state {
    case .sending(let sending, _):
      sending.life.stopAfterThis()
      return .cancelSend
    case .passing(let passing, _):
      passing.life.stopAfterThis()
      return .cancelSend
    case .backingOff(let sending): return perform(sending.life.stopped(), of: sending, at: now)
    case .pausing(let passing): return perform(passing.life.stopped(), of: passing, at: now)
    case .admitting: return .ask(.leave)
    // Look-ups are cancelled where they are made; the rest waits for the ledger alone.
    case .opened, .lookingUp, .resolving, .noting, .checking, .settling, .recording, .inspecting, .asking, .sifting,
      .closing:
      return .none
    case .closed: return fault("abandon")
    }
  }
}
