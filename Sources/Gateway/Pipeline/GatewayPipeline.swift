internal import Conference
package import EventLoop
package import Logging
package import Metrics

/// One request, one way through. START READING HERE.
///
///     worker thread (event loop)                      ledger thread            worker thread
///     received -> route -> authenticate -> decode
///              -> decide ------------------------->   admit   ------------->   send (libcurl) -+
///                   |                                   |                                      |
///                   refuse                     replayed | conflict | limited                   v
///                   v                                   v                     settle  <--------+
///                 reply  <------------------------------+-----------------------+
///
/// Route, authenticate and all else that the head alone decides come before there is a body: `GatewayPipeline+head.swift`.
///
/// A request lives its whole life on the worker that accepted it: everything here runs on that worker's thread, and
/// nothing here blocks. What must be durable goes to the ledger and comes back as an answer; what must go to Telnyx goes
/// to the upstream and comes back as an outcome. Each of these is an event for the exchange's `ExchangeStateMachine`, which
/// decides without I/O (and, between two sends, `CommandLife` for it). What it decides is an effect; `run` does it. The events are in
/// `GatewayPipeline+events.swift`.
///
/// Each stage returns a type that only it can make, and the next one asks for it: no request is decoded before its
/// caller is known, none is admitted before policy allowed it, and a `Responder` answers once.
package final class GatewayPipeline {
  /// What requests begin with that arrive from now on. Each keeps the one that it began with.
  package var snapshot: GatewaySnapshot
  let health: UpstreamHealth
  let metrics: GatewayMetrics
  let news: GatewayNews
  /// What this worker counts.
  let counts: WorkerMetrics
  let ledger: any CommandLedger
  let mailbox: any LedgerAnswerReceiving
  let upstream: any UpstreamSending
  let loop: EventLoop
  let log: Logger
  let threshold: LogThreshold
  let reconciler: Reconciler
  /// Who takes spans; nil = nobody.
  let collector: (any SpanExporting)?
  /// For the names of traces and spans.
  let numbers = TraceNumbers()
  let pseudonyms: Pseudonyms

  var exchanges = OpenExchanges()
  var deadlines = DeadlineQueue()
  /// The look-up in the background that is under way.
  var background: ExchangeID?
  var stop = StopStage.serving
  /// Asks the process to read its configuration anew, and returns the number by which `reloaded` tells that this is over.
  package var onReloadAsked: () -> Int = { 0 }
  var reloads: [WaitingReload] = []
  /// Asks for a page of metrics; `exposed` is called with it.
  package var onPageAsked: (ExpositionFormat) -> Void = { _ in }
  var pages: [WaitingPage] = []
  var lastReload: ReloadReport?
  /// For the ledger, at the end of this turn.
  var outgoing: [AddressedLedgerRequest] = []

  /// - Parameters:
  ///   - snapshot: shared by all workers, as are `health`, `metrics`, `news` and `ledger`.
  ///   - threshold: of `log`.
  ///   - mailbox: where the ledger posts answers for this worker; whoever reads it calls `ledgerAnswered`.
  package init(
    snapshot: GatewaySnapshot, health: UpstreamHealth, metrics: GatewayMetrics, news: GatewayNews = GatewayNews(),
    ledger: any CommandLedger,
    mailbox: any LedgerAnswerReceiving, upstream: any UpstreamSending, loop: EventLoop, log: Logger,
    threshold: LogThreshold = LogThreshold(.info), collector: (any SpanExporting)? = nil
  ) {
    self.snapshot = snapshot
    self.health = health
    self.metrics = metrics
    self.news = news
    counts = metrics.addWorker()
    self.ledger = ledger
    self.mailbox = mailbox
    self.upstream = upstream
    self.loop = loop
    self.log = log
    self.threshold = threshold
    self.collector = collector
    pseudonyms = Pseudonyms(key: ledger.pseudonymKey)
    reconciler = Reconciler(upstream: upstream, health: health, loop: loop)
    upstream.receiver = self
    upstream.mayStillSend = { [ledger] in ledger.mayStillSend(under: $0) }
    loop.add(self)
  }

  // MARK: The way in

  /// A whole request has arrived.
  package func received(_ request: IncomingRequest, responder: consuming Responder) {
    guard request.surface == .callers else { return administer(request, responder) }
    let exchange = open(request, responder: responder)
    var entry = AuditEntry(request, of: exchange)
    let verdict = request.judged?.verdict ?? verdict(on: request.head)
    exchange.caller = verdict.caller
    exchange.call = verdict.call
    exchange.detail?.note(verdict)
    noteSpans(of: exchange, request)
    do throws(Refusal) {
      switch verdict {
      case .refused(let refusal, let caller, let target):
        if let caller { entry.note(caller) }
        if let target { entry.note(target) }
        throw refusal
      case .create(let caller, let head):
        try decide(try decode(request, head, from: caller, &entry), request, &entry, of: exchange)
      case .explain(let caller, let head):
        explain(try decode(request, head, from: caller, &entry), of: exchange)
      case .operation(let commandID, let caller):
        if let fault = request.bodyFault { throw fault }
        inspect(commandID, for: caller, of: exchange)
      case .call(let target, let caller): try pass(target, from: caller, request, &entry, of: exchange)
      }
    } catch {
      refuse(exchange, error, entry)
    }
  }

  /// Is it a create-conference command at all?
  private func decode(
    _ request: IncomingRequest, _ head: CommandHead, from caller: AuthenticatedCaller, _ entry: inout AuditEntry
  ) throws(Refusal) -> DecodedCommand {
    entry.note(caller)
    // Not all of it was read.
    if let fault = request.bodyFault { throw fault }
    let decoded = try DecodedCommand(request.body, head, from: caller)
    entry.note(decoded, pseudonyms)
    return decoded
  }

  /// Is it allowed, and as what?
  private func decide(
    _ decoded: DecodedCommand, _ request: IncomingRequest, _ entry: inout AuditEntry, of exchange: Exchange
  ) throws(Refusal) {
    exchange.detail?.commandID = decoded.command[.commandID]?.string
    let decided: DecidedCommand
    do throws(Refusal) {
      decided = try DecidedCommand(decoded)
    } catch {
      return try forbid(decoded, error, request, &entry, of: exchange)
    }
    entry.note(decided)
    let (tokens, token) = health.tokens(at: loop.now)
    admit(
      AskedCommand(
        decided, tokens: tokens, token: token, forwardedFields: forwardedFields(of: request, exchange),
        audit: AuditedRequest(taking: &entry)), of: exchange)
  }

  /// Policy says no to a new command. What was sent before it said so gets the same answer as then.
  private func forbid(
    _ decoded: DecodedCommand, _ refusal: Refusal, _ request: IncomingRequest, _ entry: inout AuditEntry,
    of exchange: Exchange
  ) throws(Refusal) {
    let fields = entry.fields(of: refusal, about: decoded)
    guard decoded.mayBeRepeat else {
      entry.fields = fields
      throw refusal
    }
    let (tokens, token) = health.tokens(at: loop.now)
    admit(
      AskedCommand(
        decoded, ForbiddenCommand(refusal, fields: fields), tokens: tokens, token: token,
        forwardedFields: forwardedFields(of: request, exchange), audit: AuditedRequest(taking: &entry)), of: exchange)
  }

  func forwardedFields(of request: IncomingRequest, _ exchange: Exchange) -> HeaderFields {
    ForwardedFields.fields(
      of: request, requestID: exchange.requestID, named: exchange.snapshot.upstream.forwardFields)
  }

  // MARK: The ledger decides

  /// Asks whether it may be sent: the intent is durable before anything leaves.
  private func admit(_ asked: AskedCommand, of exchange: Exchange) {
    run(exchange.state.admit(asked, unavailability: { unavailability }, at: loop.now), of: exchange)
  }

  /// Why nothing new can be sent now.
  var unavailability: Refusal? { unavailability(isRead: false) }

  func unavailability(isRead: Bool) -> Refusal? {
    if stop >= .draining { return .unavailable(.draining, "this gateway is stopping; nothing was sent") }
    let wait = isRead ? health.unavailabilityOfReads(at: loop.now) : health.unavailability(at: loop.now)
    guard let wait else { return nil }
    return .unavailable(
      .upstreamDown, "Telnyx can't be reached at the moment; nothing was sent", retryAfter: wait.wholeSecondsForRetry)
  }

  private func inspect(_ commandID: String, for caller: AuthenticatedCaller, of exchange: Exchange) {
    exchange.decision = .inspected
    run(exchange.state.inspect(commandID, team: caller.team.name), of: exchange)
  }

  // MARK: Whatever follows

  /// Does what an exchange's state says is to be done next.
  func run(_ effect: ExchangeEffect, of exchange: Exchange) {
    switch effect {
    case .none: break
    case .ask(let request, let leaving):
      exchange.times.enterOnce(.decided, at: loop.now)
      if case .close(let entry, _) = request { exchange.detail?.note(entry) }
      ask(request, for: exchange)
      if leaving { submit(.leave, for: exchange.id) }
    case .settle(let settlement): settle(settlement, of: exchange)
    case .send where !ledger.mayStillSend(under: exchange.lease),
      .pass where !ledger.mayStillSend(under: exchange.lease):
      run(exchange.state.withheld(at: loop.now), of: exchange)
    case .send(let sending, let token, let timeout, let notAfter):
      send(sending, token: token, timeout: timeout, notAfter: notAfter, of: exchange)
    case .note(let token, let commandID):
      counts.add(.tokenFallbacks)
      ask(.noteToken(health.digest(of: token), commandID: commandID), for: exchange)
    case .cancelSend: upstream.cancel(exchange.id)
    case .backOff(let until): backOff(exchange, until: until)
    case .pass(let passing, let token, let timeout, let notAfter):
      pass(passing, token: token, timeout: timeout, notAfter: notAfter, of: exchange)
    case .lookUp(let command, let token): lookUp(command, token: token, of: exchange)
    case .giveGrace(let leaving):
      if leaving { submit(.leave, for: exchange.id) }
      giveGrace(to: exchange)
    case .reply(let reply, let asked): self.reply(reply, to: exchange, about: asked)
    case .answer(let reply, let asked): answer(exchange, reply, about: asked)
    case .conclude(let settlement, let asked, let isNews):
      if isNews { note(settlement, of: exchange) }
      exchange.detail?.note(settlement)
      answer(exchange, Reply(settlement.reply), about: asked)
    case .fault(let fault, let isEnd, let then):
      tell(fault, to: exchange, isEnd: isEnd)
      run(then, of: exchange)
    }
  }

  // MARK: To Telnyx

  private func send(
    _ sending: Sending, token: Int, timeout: Duration, notAfter: MonotonicTime?, of exchange: Exchange
  ) {
    exchange.detail?.attempts += 1
    exchange.times.enterOnce(.sent, at: loop.now)
    (exchange.decision, exchange.attemptBegan) = (.forwarded, .now)
    let span = numbers.spanID()
    exchange.spans?.sends(
      as: span, resends: sending.life.attempts - (sending.isResend ? 0 : 1), at: loop.now)
    let attempt = UpstreamAttempt(
      path: "/conferences", body: sending.body, fields: sending.asked.forwardedFields,
      traceparent: exchange.trace.sent(by: span), token: token, timeout: timeout, notAfter: notAfter,
      lease: exchange.lease)
    upstream.send(attempt, for: exchange.id)
  }

  // MARK: The way out

  /// Puts the outcome on the record. Nobody hears of it before it is there.
  private func settle(_ settlement: Settlement, of exchange: Exchange) {
    exchange.decision = .forwarded
    // Where the ledger may know better, when it has said so.
    if settlement.otherwise == nil { note(settlement, of: exchange) }
    ask(.settle(settlement), for: exchange)
  }

  private func note(_ settlement: Settlement, of exchange: Exchange) {
    counts.count(settlement.outcome)
    tell(settlement, of: exchange)
  }

  /// Refuses without asking the ledger, but for the record.
  private func refuse(_ exchange: Exchange, _ refusal: Refusal, _ entry: consuming AuditEntry) {
    exchange.detail?.refusal = refusal
    exchange.spans?.refused(refusal)
    tell(refusal, [], of: exchange)
    run(exchange.state.refuse(refusal, entry), of: exchange)
  }

  private func explain(_ decoded: DecodedCommand, of exchange: Exchange) {
    let caller = decoded.caller
    let explanation = Explanation(of: decoded.command, team: caller.team, limits: caller.organizationLimits)
    let reply = Reply(status: 200, fields: ["Content-Type": "application/json"], body: explanation.json())
    exchange.decision = .explained
    run(exchange.state.answer(reply), of: exchange)
  }

  /// The end of every way: nothing more will come for this exchange.
  private func answer(_ exchange: Exchange, _ reply: Reply, about asked: AskedCommand?) {
    self.reply(reply, to: exchange, about: asked)
    close(exchange)
  }
}
