import Audit
import EventLoop
import Gateway
import Ledger
import LedgerSQLite
import Testing

/// What is between a command's admission and its outcome, as the pipeline and the upstream do it.
extension RandomLife {
  /// A send is delivered within this, or never.
  private static let delivery = Int(CommandLife.longestDelivery.components.seconds)

  var now: MonotonicTime { MonotonicTime(nanoseconds: Int64(time) * 1_000_000_000) }

  private func isOne(in count: Int) -> Bool { Int.random(in: 1...count, using: &random) == 1 }

  func begin(_ id: String, _ exchange: ExchangeID, windowEnd: MonotonicTime?) throws {
    var life = CommandLife(
      bounds: CommandLife.Bounds(
        attempts: 3, attemptTimeout: .seconds(25), deadline: now + .seconds(30), tokens: [0]),
      windowEnd: windowEnd)
    let action = life.begin(at: now)
    let firstSent = windowEnd.map { $0 - CommandLife.resendWindow } ?? now
    sending[id] = Sending(exchange: exchange, life: life, isResumed: windowEnd != nil, firstSent: firstSent)
    try perform(action, id)
  }

  /// The attempt has an outcome, or the time to wait between two is over.
  func goOn(with id: String) throws {
    guard var sending = sending[id] else { return }
    let action: CommandLife.Action
    switch sending.attempt {
    case .none: return
    case .backingOff(let until): action = sending.life.backoffEnded(at: max(until, now))
    case .sending(let leaves?, _) where leaves > time && !isOne(in: 8): return
    case .sending(let leaves, let ends):
      let outcome = outcome(of: id, leaves: leaves, ends: ends)
      if case .lost = outcome { sending.mayBeExecuted = true }
      let jitter = Double.random(in: 0..<1, using: &random)
      let mayRetry = !isOne(in: 8)
      action = sending.life.attemptEnded(outcome, at: now, jitter: jitter, mayRetry: { mayRetry })
    }
    self.sending[id] = sending
    try perform(action, id)
  }

  private func perform(_ action: CommandLife.Action, _ id: String) throws {
    switch action {
    case .send(_, let timeout, let notAfter):
      let ends = time + Int(timeout.components.seconds)
      // It waits for a connection, then it leaves, unless that is too late; then it arrives, or not.
      let leaves = isOne(in: 3) ? time : Int.random(in: time...max(time, ends - 1), using: &random)
      let isTooLate = notAfter.map { MonotonicTime(nanoseconds: Int64(leaves) * 1_000_000_000) >= $0 } ?? false
      sending[id]?.attempt = .sending(leaves: isTooLate ? nil : leaves, ends: ends)
      count(isTooLate ? "too late" : "sent")
      if !isTooLate, !isOne(in: 3) {
        telnyx.send(
          id, name: name(of: id), leaves: leaves,
          arrives: leaves + (isOne(in: 2) ? 0 : Int.random(in: 0...Self.delivery, using: &random)))
        telnyx.advance(to: time)
      }
    case .wait(let until):
      sending[id]?.attempt = .backingOff(until: until)
      count("backed off")
    case .note(let token): Issue.record("\(id) has no other token than \(token)")
    case .settle(let verdict): try settle(id, verdict)
    }
  }

  /// - Parameters:
  ///   - leaves: nil = it was too late.
  ///   - ends: when it is given up at the latest.
  private func outcome(of id: String, leaves: Int?, ends: Int) -> AttemptOutcome {
    guard let leaves else { return .notSent(.tooLate) }
    let timeout = TransportFailure(name: "timeout", detail: "")
    guard leaves <= time else {
      // Cancelled in the queue: it never leaves.
      telnyx.withdraw(id, after: time)
      return .notSent(timeout)
    }
    guard let conference = telnyx.conference(of: id), time <= ends, isOne(in: 2) else {
      return .lost(timeout)
    }
    // What a duplicate is answered is not documented.
    let isFirst = sending[id].map { !$0.mayBeExecuted && !$0.isResumed } ?? false
    let odd = [400, 404, 409, 422, 429].randomElement(using: &random) ?? 0
    return isFirst || isOne(in: 2)
      ? .replied(conference) : .replied(UpstreamReply(status: odd, fields: [:], body: []))
  }

  private func settle(_ id: String, _ verdict: CommandLife.Verdict) throws {
    guard let sending = sending.removeValue(forKey: id) else { return }
    let timeout = StoredReply(status: 504, fields: [:], body: [])
    var (outcome, heard): (Settlement.Outcome, StoredReply)
    switch verdict {
    case .executed(let reply, let conferenceID):
      (outcome, heard) = (.done(conferenceID: conferenceID), StoredReply(reply))
    case .unknown: (outcome, heard) = (.unknown, timeout)
    default: (outcome, heard) = (.free, StoredReply(status: 422, fields: [:], body: []))
    }
    var otherwise: StoredReply?
    if outcome == .unknown, sending.life.isWorthReconciling,
      case .found(let conferenceID, let reply) = find(sending.unknown(id, at: now, body: body(of: id)))
    {
      (outcome, heard, otherwise) = (.done(conferenceID: conferenceID), reply, timeout)
      count("found at once")
    }
    ledger.submit(
      settlement(id, outcome, reply: heard, otherwise: otherwise), for: sending.exchange, to: mailbox)
    try ledger.waitForTurn()
    if case .settledOtherwise = try mailbox.answer(sending.exchange), let told = otherwise {
      (outcome, heard) = (.unknown, told)
      count("a twin's")
    }
    if outcome == .free { fingerprints[id] = nil }
    hear(heard, of: id)
    for waiter in waiting.removeValue(forKey: id) ?? [] {
      let told = try mailbox.answer(waiter)
      #expect(told.reply == heard, "\(id): who waited was told \(told)")
    }
    count(outcome == .unknown ? "lost" : "settled")
  }

  /// Looks a command up at Telnyx as it is at this moment.
  func find(_ command: UnknownCommand) -> Resolution.Finding {
    guard
      var reconciliation = Reconciliation(command, at: now)
    else { return .unclear }
    var action = reconciliation.begin()
    while case .look(let path) = action {
      action = reconciliation.lookedUp(
        telnyx.look(path, at: time, call: { "v3:of-\(name(of: $0.commandID))" }), at: now)
    }
    switch action {
    case .conclude(.found(let reply, let id)): return .found(conferenceID: id, reply: StoredReply(reply))
    case .conclude(.absent): return command.mayStillArrive ? .unclear : .absent
    default: return .unclear
    }
  }

  func body(of id: String) -> [UInt8] {
    Array(#"{"call_control_id":"v3:of-\#(name(of: id))","name":"\#(name(of: id))"}"#.utf8)
  }
}

extension RandomLife.Sending {
  /// For a look-up right after Telnyx's last answer.
  func unknown(_ id: String, at now: MonotonicTime, body: [UInt8]) -> UnknownCommand {
    UnknownCommand(
      commandID: id, body: body, firstSent: WallTime(microseconds: 0), age: now - firstSent, mayStillArrive: true,
      others: [], token: .first)
  }
}

extension StoredReply {
  fileprivate init(_ reply: UpstreamReply) {
    self.init(status: reply.status, fields: reply.fields, body: reply.body)
  }
}
