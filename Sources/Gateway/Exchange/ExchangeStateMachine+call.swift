internal import Conference
internal import EventLoop
internal import JSON
internal import Policy

/// Another call than a create: allowed by the ledger, sent, put on the record, answered. Nothing of it is kept to be told again.
extension ExchangeStateMachine {
  /// - Parameter unavailability: why nothing can be sent now.
  mutating func pass(_ asked: AskedCall, unavailability: Refusal?) -> ExchangeEffect {
    guard case .opened = state else { return fault("pass") }
    state = .asking(asked)
    return .ask(.pass(CallAdmission(asked, unavailability: unavailability)))
  }

  /// - Parameter mayBegin: false where nobody waits for the answer any more.
  mutating func passed(
    _ limits: [LimitStatus], note: Int64, bounds: CommandLife.Bounds, at now: MonotonicTime, mayBegin: Bool
  ) -> ExchangeEffect {
    guard case .asking(let asked) = state else { return answerFault("passed") }
    asked.limits = limits
    // To another account it could be about another conference.
    var bounds = bounds
    bounds.tokens = Array(bounds.tokens.prefix(1))
    let passing = Passing(asked, note: note, bounds: bounds, at: now)
    return perform(mayBegin ? passing.life.begin(at: now) : passing.life.stopped(), of: passing, at: now)
  }

  mutating func perform(_ action: CommandLife.Action, of passing: Passing, at now: MonotonicTime) -> ExchangeEffect {
    switch action {
    case .send(let token, let timeout, let notAfter):
      state = .passing(passing, token: token)
      return .pass(passing, token: token, timeout: timeout, notAfter: notAfter)
    case .wait(let until):
      state = .pausing(passing)
      return .backOff(until: until)
    case .settle(.passed(let reply)) where passing.listing != nil: return listed(reply, passing, at: now)
    case .settle(let verdict): return conclude(passing, verdict, at: now)
    // It has no other token.
    case .note: return conclude(passing, .unknown(passing.life.lastOutcome), at: now)
    }
  }

  /// A page of a list is here.
  private mutating func listed(_ reply: UpstreamReply, _ passing: Passing, at now: MonotonicTime) -> ExchangeEffect {
    switch passing.listing?.take(reply.body) ?? .unreadable {
    case .more:
      passing.beginNextPage()
      return perform(passing.life.begin(at: now), of: passing, at: now)
    case .whole:
      state = .sifting(passing)
      let caller = passing.asked.caller
      return .ask(
        .sift(
          ConferenceQuestion(
            passing.listing?.conferenceIDs ?? [], team: caller.team.name, scope: caller.team.calls.scope)))
    case .tooLong: return conclude(passing, .unknown, Reply(.tooLongList, requestID: requestID), at: now)
    case .unreadable: return conclude(passing, .unknown, Reply(.unreadableList, requestID: requestID), at: now)
    }
  }

  /// The ledger has said which conferences the team may see.
  mutating func sifted(_ conferenceIDs: [String], at now: MonotonicTime) -> ExchangeEffect {
    guard case .sifting(let passing) = state, let listing = passing.listing else {
      return answerFault("visible")
    }
    // None of Telnyx's fields: what they say is of its own list.
    var reply = Reply(
      status: 200, fields: ["Content-Type": "application/json"],
      body: listing.body(owned: Set(conferenceIDs.lazy.map { ByteString($0) })))
    reply.fields.append("Convene-Scope", passing.asked.caller.team.calls.scope.rawValue)
    return conclude(passing, .executed, reply, at: now)
  }

  private mutating func conclude(
    _ passing: Passing, _ verdict: CommandLife.Verdict, at now: MonotonicTime
  ) -> ExchangeEffect {
    if case .unknown = verdict {
      return conclude(passing, .unknown, Reply(passing.unanswered, requestID: requestID), at: now)
    }
    let reply = VerdictReply(verdict, requestID: requestID, commandID: "").reply
    let isPassed = if case .passed = verdict { true } else { false }
    return conclude(passing, isPassed ? .executed : .notExecuted, reply, at: now)
  }

  /// - Parameter outcome: of what changes something.
  mutating func conclude(
    _ passing: Passing, _ outcome: AuditEntry.Outcome, _ reply: Reply, at now: MonotonicTime
  ) -> ExchangeEffect {
    var entry = passing.asked.audit.entry
    entry.decision = .passed
    entry.status = reply.status
    entry.upstream = passing.upstreamEntry(at: now)
    if !passing.asked.call.isRead { entry.outcome = outcome }
    state = .closing(passing.asked.completed(reply), of: passing)
    return .ask(.close(entry, note: passing.note))
  }
}

extension Passing {
  /// What the caller hears where Telnyx gave no clear answer.
  var unanswered: Refusal {
    guard !asked.call.isRead else {
      return .noAnswer("Telnyx gave no answer; nothing was changed")
    }
    return .callUnknown("Telnyx gave no clear answer: \(asked.call.name) may have been executed")
  }

  /// What the caller hears where the ledger doesn't take what came of it.
  var unrecorded: Refusal {
    guard !asked.call.isRead else {
      return .unavailable(.ledgerUnavailable, "the ledger did not answer in time; nothing was changed")
    }
    return .callUnknown("what came of \(asked.call.name) could not be put on the record in time")
  }
}

extension Refusal {
  static func callUnknown(_ detail: String) -> Refusal {
    Refusal(
      .callUnknown, faults: [Fault(.timeout, "\(detail). It is not sent again: look before you repeat it")],
      retryAfter: CommandLife.duplicateMemory.wholeSecondsForRetry)
  }

  /// What Telnyx has answered is no list.
  static let unreadableList = noAnswer("what Telnyx answered can't be read as a list")

  static let tooLongList = badRequest(
    "the account has more conferences than are looked through for your team's: ask for fewer with filter[name] or"
      + " filter[status]")

  fileprivate static func noAnswer(_ detail: String) -> Refusal {
    Refusal(.noAnswer, faults: [Fault(.timeout, detail)], retryAfter: 1)
  }
}
