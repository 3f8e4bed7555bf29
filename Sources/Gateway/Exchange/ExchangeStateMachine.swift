internal import Conference
internal import EventLoop

/// Where an exchange stands, as a value without I/O and without a clock: an event goes in, one effect comes out.
///
///     opened -> admitting -> sending <-> backingOff           recording (a refusal)
///        |       |     ^        |            |                inspecting (what became of a command)
///        |       v     |        v            |
///        |  lookingUp  |     checking        |
///        |       |     |        |            |
///        |       v     |        v            v
///        |   resolving -+    settling <------+
///        v
///      closed, after each of them
///
/// Another call than a create goes from `asking` to `passing` (and `pausing` between two sends), a list to `sifting`, all to
/// `closing`: `ExchangeStateMachine+call.swift`.
///
/// Each state has what is known in it and nothing else. Each but `closed` ends: `opened` before its request's turn is over,
/// those that wait for the ledger with its answer, `sending` with the attempt's outcome, `backingOff` with a timer, both
/// look-ups with their finding. The caller is answered soon after the deadline at the latest, in whatever state.
///
/// An event that can't be where the exchange stands is a fault of this program, never silence: the caller is told, and what
/// may have been sent still gets its settlement. The ledger answers once what it was asked. So where it was to answer, a wrong
/// answer ends the exchange: the ledger has heard all that there is to say. Anywhere else something is under way whose end
/// is still to come.
struct ExchangeStateMachine: ~Copyable {
  let requestID: String
  /// Changed here and in this type's extensions only.
  var state = ExchangeState.opened

  init(requestID: String) { self.requestID = requestID }

  /// In which order to try the tokens for the command that the ledger was asked about.
  var tokens: [Int] { state.asked?.tokens ?? [] }

  /// Which token the attempt under way has.
  var token: Int? {
    switch state {
    case .sending(_, let token), .passing(_, let token): token
    default: nil
    }
  }

  /// Whether Telnyx is being asked about a command that is unknown on the record. One that is being sent is not, yet.
  var isOfUnknownOutcome: Bool { if case .lookingUp = state { true } else { false } }

  // MARK: The request is judged

  /// - Parameter unavailability: why nothing new can be sent now.
  mutating func admit(_ asked: AskedCommand, unavailability: () -> Refusal?, at now: MonotonicTime) -> ExchangeEffect {
    guard case .opened = state else { return fault("admit") }
    return ask(asked, unavailability: unavailability, at: now, leaving: false)
  }

  /// Policy, or a stage before it, says no: for the record.
  mutating func refuse(_ refusal: Refusal, _ entry: consuming AuditEntry) -> ExchangeEffect {
    guard case .opened = state else { return fault("refuse") }
    entry.decision = .refused
    entry.note(refusal)
    state = .recording(Reply(refusal, requestID: requestID))
    return .ask(.record(entry))
  }

  mutating func inspect(_ commandID: String, team: String) -> ExchangeEffect {
    guard case .opened = state else { return fault("inspect") }
    state = .inspecting
    return .ask(.inspect(commandID: commandID, team: team))
  }

  /// Nobody else has to be asked.
  mutating func answer(_ reply: Reply) -> ExchangeEffect {
    guard case .opened = state else { return fault("answer") }
    return close(.answer(reply, about: nil))
  }

  // MARK: The ledger has answered

  /// - Parameter mayBegin: false where nobody waits for the outcome any more.
  mutating func admitted(
    _ limits: [LimitStatus], bounds: CommandLife.Bounds, calendar: WallTime, at now: MonotonicTime, mayBegin: Bool
  ) -> ExchangeEffect {
    guard case .admitting(let asked, _) = state, let decided = asked.decided else { return answerFault("admitted") }
    asked.limits = limits
    let life = CommandLife(bounds: bounds)
    return begin(
      Sending(asked, body: decided.body, life: life, began: now, firstSent: calendar), at: now, mayBegin)
  }

  /// An earlier request's command, of unknown outcome, is sent again: its own bytes, not this request's.
  mutating func resumed(
    _ command: UnknownCommand, windowLeft: Duration, bounds: CommandLife.Bounds, at now: MonotonicTime, mayBegin: Bool
  ) -> ExchangeEffect {
    guard case .admitting(let asked, let since) = state else { return answerFault("resumed") }
    asked.commandID = command.commandID
    // So much was left when the ledger judged: after it was asked, and before its answer was durable and came here.
    let life = CommandLife(bounds: bounds, windowEnd: since + windowLeft)
    return begin(
      Sending(asked, body: command.body, life: life, began: now, firstSent: command.firstSent, isResend: true), at: now,
      mayBegin)
  }

  mutating func replayed(_ stored: StoredReply, commandID: String) -> ExchangeEffect {
    let asked: AskedCommand
    switch state {
    case .admitting(let admitting, _): asked = admitting
    case .resolving(let resolving): asked = resolving
    default: return answerFault("replayed")
    }
    asked.commandID = commandID
    var reply = Reply(stored)
    reply.fields.append("Idempotent-Replayed", "true")
    return close(.answer(reply, about: asked))
  }

  /// - Parameter mayBegin: false where nobody waits for the outcome any more.
  mutating func tokenNoted(at now: MonotonicTime, mayBegin: Bool) -> ExchangeEffect {
    guard case .noting(let sending) = state else { return answerFault("tokenNoted") }
    return perform(sending.life.tokenNoted(mayBegin, at: now), of: sending, at: now)
  }

  mutating func refused(_ refusal: Refusal, _ limits: [LimitStatus], at now: MonotonicTime) -> ExchangeEffect {
    let reply = Reply(refusal, requestID: requestID)
    switch state {
    case .admitting(let asked, _), .resolving(let asked):
      asked.limits = limits
      return close(.answer(reply, about: asked))
    case .inspecting: return close(.answer(reply, about: nil))
    case .asking(let asked):
      asked.limits = limits
      return close(.answer(asked.completed(reply), about: nil))
    case .sifting(let passing): return conclude(passing, .unknown, reply, at: now)
    case .noting(let sending): return perform(sending.life.tokenNoted(false, at: now), of: sending, at: now)
    default: return answerFault("refused")
    }
  }

  /// The command may have been executed, and it is too late to send it again.
  mutating func handedOut(_ command: UnknownCommand) -> ExchangeEffect {
    guard case .admitting(let asked, _) = state else { return answerFault("reconcile") }
    asked.commandID = command.commandID
    state = .lookingUp(asked)
    return .lookUp(command)
  }

  /// The command that was looked up, by this exchange or by the one that it waited for, is not there: this repeat of it is a
  /// new try.
  mutating func absent(
    unavailability: () -> Refusal?, at now: MonotonicTime, isOverdue: Bool
  ) -> ExchangeEffect {
    switch state {
    case .admitting(let asked, _), .resolving(let asked):
      asked.commandID = asked.ownCommandID
      return ask(asked, unavailability: unavailability, at: now, leaving: isOverdue)
    default: return answerFault("absent")
    }
  }

  /// - Parameter otherwise: it was settled as the settlement says for a conference that turns out to be another command's.
  mutating func settled(otherwise: Bool = false) -> ExchangeEffect {
    guard case .settling(let settlement, let asked) = state,
      let settled = otherwise ? settlement.otherwise : settlement
    else { return answerFault(otherwise ? "settledOtherwise" : "settled") }
    return close(.conclude(settled, of: asked, isNews: settlement.otherwise != nil))
  }

  mutating func recorded() -> ExchangeEffect {
    switch state {
    case .recording(let reply), .closing(let reply, _): return close(.answer(reply, about: nil))
    default: return answerFault("recorded")
    }
  }

  mutating func inspected(_ operation: Operation?) -> ExchangeEffect {
    guard case .inspecting = state else { return answerFault("operation") }
    let reply = operation.map(Reply.init) ?? Reply(.noSuchOperation, requestID: requestID)
    return close(.answer(reply, about: nil))
  }

  /// The ledger has answered what no exchange asks.
  mutating func answered(_ event: String) -> ExchangeEffect { answerFault(event) }

  // MARK: Steps

  private mutating func ask(
    _ asked: AskedCommand, unavailability: () -> Refusal?, at now: MonotonicTime, leaving: Bool
  ) -> ExchangeEffect {
    state = .admitting(asked, since: now)
    let admission = Admission(asked, unavailability: unavailability())
    return .ask(.admit(admission), leaving: leaving)
  }

  private mutating func begin(_ sending: Sending, at now: MonotonicTime, _ mayBegin: Bool) -> ExchangeEffect {
    perform(mayBegin ? sending.life.begin(at: now) : sending.life.stopped(), of: sending, at: now)
  }

  mutating func perform(
    _ action: CommandLife.Action, of sending: Sending, at now: MonotonicTime
  ) -> ExchangeEffect {
    switch action {
    case .send(let token, let timeout, let notAfter):
      state = .sending(sending, token: token)
      return .send(sending, token: token, timeout: timeout, notAfter: notAfter)
    case .note(let token):
      state = .noting(sending)
      return .note(token: token, commandID: sending.asked.commandID)
    case .wait(let until):
      state = .backingOff(sending)
      return .backOff(until: until)
    case .settle(let verdict): return settle(verdict, of: sending, at: now)
    }
  }

  /// - Parameter otherwise: the verdict where the conference was found by a look-up, and another command has it.
  mutating func settle(
    _ verdict: CommandLife.Verdict, of sending: Sending, at now: MonotonicTime, otherwise: CommandLife.Verdict? = nil
  ) -> ExchangeEffect {
    let upstream = sending.upstreamEntry(at: now)
    let settlement = Settlement(
      verdict, of: sending, requestID: requestID, upstream: upstream,
      otherwise: otherwise.map { Settlement($0, of: sending, requestID: requestID, upstream: upstream) })
    state = .settling(settlement, sending.asked)
    return .settle(settlement)
  }

  /// The last effect of an exchange.
  mutating func close(_ effect: ExchangeEffect) -> ExchangeEffect {
    state = .closed
    return effect
  }
}
