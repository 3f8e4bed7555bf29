internal import Conference
package import EventLoop
internal import JSON
internal import Metrics
internal import Policy

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
/// A request lives its whole life on the worker that accepted it: everything here runs on that worker's thread, and
/// nothing here blocks. What must be durable goes to the ledger and comes back as an answer; what must go to Telnyx goes
/// to the upstream and comes back as an outcome. Between the two stands `CommandLife`, which decides without I/O.
///
/// Each stage returns a type that only it can make, and the next one asks for it: no request is decoded before its
/// caller is known, none is admitted before policy allowed it, and a `Responder` answers once.
package final class GatewayPipeline {
  let configuration: GatewayConfiguration
  let directory: CallerDirectory
  let health: UpstreamHealth
  let metrics: GatewayMetrics
  let ledger: any CommandLedger
  let mailbox: any LedgerAnswerReceiving
  let upstream: any UpstreamSending
  let loop: EventLoop

  let reconciler: Reconciler
  private let pseudonyms: Pseudonyms

  private(set) var exchanges = OpenExchanges()
  private var deadlines = DeadlineQueue()
  /// The look-up in the background that is under way.
  var background: ExchangeID?
  /// Said at the admin door, so that load balancers send their requests elsewhere.
  var isReady = true
  /// Nothing new is sent any more; replays are still answered.
  var isDraining = false
  /// Nothing is waited for any more: what is on its way ends, as unknown where it may have been executed.
  var isAbandoning = false
  /// For the ledger, at the end of this turn.
  private var outgoing: [AddressedLedgerRequest] = []

  /// - Parameters:
  ///   - directory: shared by all workers, as are `health`, `metrics` and `ledger`.
  ///   - mailbox: where the ledger posts answers for this worker; whoever reads it calls `ledgerAnswered`.
  package init(
    configuration: GatewayConfiguration, directory: CallerDirectory, health: UpstreamHealth, metrics: GatewayMetrics,
    ledger: any CommandLedger, mailbox: any LedgerAnswerReceiving, upstream: any UpstreamSending, loop: EventLoop
  ) {
    self.configuration = configuration
    self.directory = directory
    self.health = health
    self.metrics = metrics
    self.ledger = ledger
    self.mailbox = mailbox
    self.upstream = upstream
    self.loop = loop
    pseudonyms = Pseudonyms(key: ledger.pseudonymKey)
    reconciler = Reconciler(
      upstream: upstream, health: health, loop: loop, attemptTimeout: configuration.upstream.attemptTimeout)
    upstream.receiver = self
    loop.add(self)
  }

  // MARK: The way in

  /// A whole request has arrived.
  package func received(_ request: IncomingRequest, responder: consuming Responder) {
    guard request.surface == .callers else { return responder.send(adminReply(to: request)) }
    metrics.requests.add()
    let exchange = open(request, responder: responder)
    do throws(Refusal) {
      let route = try route(request)
      let caller = try authenticate(request, of: exchange)
      switch route {
      case .create:
        let command = try decode(request, from: caller, of: exchange)
        let decision = try decide(command, of: exchange)
        exchange.keepForwardedFields(of: request)
        admit(decision, of: exchange)
      case .explain: explain(try decode(request, from: caller, of: exchange), of: exchange)
      case .operation(let commandID): inspect(commandID, for: caller, of: exchange)
      }
    } catch {
      refuse(exchange, error)
    }
  }

  /// The head says what is asked for. Anything wrong with the head itself comes first: then nothing it says counts.
  private func route(_ request: IncomingRequest) throws(Refusal) -> Route {
    if let fault = request.headFault { throw fault }
    return try Route(method: request.method, target: request.target)
  }

  /// Who calls? A stranger learns nothing else, not even that the body is too large.
  private func authenticate(_ request: IncomingRequest, of exchange: Exchange) throws(Refusal) -> AuthenticatedCaller {
    let caller = try directory.authenticate(request)
    exchange.caller = caller
    exchange.audit.team = caller.team.name
    exchange.audit.caller = caller.name
    try RequestID.check(request.fields)
    try TraceContext.check(request.fields)
    return caller
  }

  /// Is it a create-conference command at all?
  private func decode(
    _ request: IncomingRequest, from caller: AuthenticatedCaller, of exchange: Exchange
  ) throws(Refusal) -> DecodedCommand {
    let decoded = try DecodedCommand(request, from: caller)
    exchange.note(decoded, pseudonyms)
    return decoded
  }

  /// Is it allowed, and as what?
  private func decide(_ decoded: DecodedCommand, of exchange: Exchange) throws(Refusal) -> DecidedCommand {
    do throws(Refusal) {
      let decided = try DecidedCommand(decoded)
      exchange.note(decided)
      return decided
    } catch {
      exchange.note(error, about: decoded)
      throw error
    }
  }

  // MARK: The ledger decides

  /// Asks whether it may be sent: the intent is durable before anything leaves.
  func admit(_ decided: DecidedCommand, of exchange: Exchange) {
    exchange.phase = .admitting
    exchange.admissionAsked = loop.now
    submit(.admit(Admission(decided, obstacle: obstacle, audit: exchange.takeAudit())), for: exchange)
  }

  /// Why nothing new can be sent now.
  private var obstacle: Refusal? {
    if isDraining { return .unavailable(.draining, "this gateway is stopping; nothing was sent") }
    guard let wait = health.obstacle(at: loop.now) else { return nil }
    return .unavailable(
      .upstreamDown, "Telnyx can't be reached at the moment; nothing was sent", retryAfter: wait.wholeSecondsForRetry)
  }

  private func inspect(_ commandID: String, for caller: AuthenticatedCaller, of exchange: Exchange) {
    exchange.phase = .inspecting
    submit(.inspect(commandID: commandID, team: caller.team.name), for: exchange)
  }

  /// The ledger's answers to this worker, in order.
  package func ledgerAnswered(_ answers: [AddressedLedgerAnswer]) {
    for addressed in answers {
      guard let exchange = exchanges[addressed.exchange] else {
        _ = backgroundAnswered(addressed.answer, for: addressed.exchange)
        continue
      }
      switch addressed.answer {
      case .admitted(let limits): admitted(exchange, limits: limits)
      case .resume(let command, let windowLeft): resumed(exchange, command, windowLeft: windowLeft)
      case .replayed(let stored, let commandID): replayed(exchange, commandID: commandID, stored)
      case .refused(let refusal, let limits):
        exchange.limits = limits
        answer(exchange, refusal)
      case .reconcile(let command): reconcile(command, of: exchange)
      case .absent: admitAgain(exchange)
      case .settled: settled(exchange, exchange.settlement)
      case .settledOtherwise: settled(exchange, exchange.settlement?.otherwise)
      case .recorded: replyPrepared(exchange)
      case .resolved, .nothingUnknown: break
      case .operation(let operation): answer(exchange, operation)
      }
    }
  }

  private func admitted(_ exchange: Exchange, limits: [LimitStatus]) {
    exchange.limits = limits
    guard let body = exchange.decided?.body else { return }
    send(body, of: exchange, firstSent: .now, windowEnd: nil)
  }

  /// An earlier request's command, of unknown outcome, is sent again: its own bytes, not this request's.
  private func resumed(_ exchange: Exchange, _ command: UnknownCommand, windowLeft: Duration) {
    exchange.commandID = command.commandID
    // So much was left when the ledger judged: after it was asked, and before its answer was durable and came here.
    send(command.body, of: exchange, firstSent: command.firstSent, windowEnd: exchange.admissionAsked + windowLeft)
  }

  private func replayed(_ exchange: Exchange, commandID: String, _ stored: StoredReply) {
    exchange.commandID = commandID
    metrics.replayed.add()
    var reply = Reply(stored)
    reply.fields.append("Idempotent-Replayed", "true")
    answer(exchange, reply)
  }

  // MARK: To Telnyx

  private func send(_ body: [UInt8], of exchange: Exchange, firstSent: WallTime, windowEnd: MonotonicTime?) {
    let settings = configuration.upstream
    var life = CommandLife(
      bounds: CommandLife.Bounds(
        attempts: settings.attempts, attemptTimeout: settings.attemptTimeout, deadline: exchange.deadline,
        tokens: health.tokenOrder(at: loop.now)),
      windowEnd: windowEnd)
    let action =
      exchange.isAnswered || isAbandoning ? life.stopped() : life.begin(at: loop.now)
    exchange.sending = Exchange.Sending(
      life: life, body: body, fields: exchange.forwardedFields, began: loop.now, firstSent: firstSent)
    health.firstSend()
    perform(action, of: exchange)
  }

  func perform(_ action: CommandLife.Action, of exchange: Exchange) {
    switch action {
    case .send(let token, let timeout, let notAfter):
      guard let sending = exchange.sending else { return }
      exchange.phase = .sending(token: token)
      metrics.attempts.add()
      let attempt = UpstreamAttempt(
        path: "/conferences", body: sending.body, fields: sending.fields, token: token, timeout: timeout,
        notAfter: notAfter)
      upstream.send(attempt, for: exchange.id)
    case .wait(let until):
      exchange.phase = .backingOff(
        loop.timers.schedule(at: until) { [weak self] in self?.backoffEnded(exchange) })
    case .settle(let verdict):
      guard case .unknown = verdict, let sending = exchange.sending, sending.life.isWorthReconciling, !isAbandoning
      else {
        return settle(exchange, verdict)
      }
      settleAfterLookUp(exchange, verdict, sending)
    }
  }

  private func backoffEnded(_ exchange: Exchange) {
    guard let action = exchange.sending?.life.backoffEnded(at: loop.now) else { return }
    perform(action, of: exchange)
  }

  // MARK: The way out

  /// Puts the outcome on the record. Nobody hears of it before it is there.
  ///
  /// - Parameter otherwise: the verdict where the conference was found by a look-up, and another command has it.
  func settle(_ exchange: Exchange, _ verdict: CommandLife.Verdict, otherwise: CommandLife.Verdict? = nil) {
    exchange.phase = .settling
    let upstream = exchange.upstreamEntry(at: loop.now)
    let settlement = Settlement(
      verdict, of: exchange, upstream: upstream,
      otherwise: otherwise.map { Settlement($0, of: exchange, upstream: upstream) })
    // Where the ledger may know better, when it has said so.
    if otherwise == nil { metrics.count(settlement.outcome) }
    exchange.settlement = settlement
    submit(.settle(settlement), for: exchange)
  }

  /// - Parameter settled: the settlement, or the other one that it has.
  private func settled(_ exchange: Exchange, _ settled: Settlement?) {
    guard let settled else { return }
    if exchange.settlement?.otherwise != nil { metrics.count(settled.outcome) }
    answer(exchange, Reply(settled.reply))
  }

  /// Refuses without asking the ledger, but for the record.
  private func refuse(_ exchange: Exchange, _ refusal: Refusal) {
    metrics.refused.add()
    exchange.audit.decision = .refused
    exchange.audit.status = refusal.status
    exchange.audit.rule = refusal.rule
    exchange.phase = .recording
    exchange.preparedReply = Reply(refusal, requestID: exchange.requestID)
    submit(.record(exchange.audit), for: exchange)
  }

  private func explain(_ decoded: DecodedCommand, of exchange: Exchange) {
    answer(exchange, Explanation(of: decoded).reply)
  }

  private func answer(_ exchange: Exchange, _ operation: Operation?) {
    answer(exchange, operation.map(Reply.init) ?? Reply(.noSuchOperation, requestID: exchange.requestID))
  }

  private func answer(_ exchange: Exchange, _ refusal: Refusal) {
    metrics.refused.add()
    answer(exchange, Reply(refusal, requestID: exchange.requestID))
  }

  private func replyPrepared(_ exchange: Exchange) {
    guard let reply = exchange.preparedReply else { return }
    answer(exchange, reply)
  }

  /// The end of every way: the ledger has said its last word on this exchange.
  private func answer(_ exchange: Exchange, _ reply: Reply) {
    exchange.reply(reply, closing: isDraining)
    close(exchange)
  }

  // MARK: Exchanges

  private func open(_ request: IncomingRequest, responder: consuming Responder) -> Exchange {
    let exchange = Exchange(
      id: exchanges.makeID(), request: request, configuration: configuration, responder: responder)
    exchanges.put(exchange)
    deadlines.add(exchange.id, at: exchange.deadline, open: exchanges)
    return exchange
  }

  /// An id for what is asked without an exchange.
  func newBackgroundID() -> ExchangeID { exchanges.makeIDWithoutSlot() }

  private func close(_ exchange: Exchange) {
    if let timer = exchange.graceTimer { loop.timers.cancel(timer) }
    exchanges.remove(exchange.id)
  }

  func submit(_ request: LedgerRequest, for exchange: Exchange) { submit(request, for: exchange.id) }

  func submit(_ request: LedgerRequest, for exchange: ExchangeID) {
    outgoing.append(AddressedLedgerRequest(exchange: exchange, request: request))
  }
}

/// What a turn of the loop brought for the ledger goes there at the turn's end, all at once: to wake the ledger's thread
/// for each request would cost more than the requests do, and would leave it batches of one.
extension GatewayPipeline: BeforeSleepHook {
  package var wakeTime: MonotonicTime { deadlines.next }

  package func beforeSleep() {
    while let exchange = deadlines.takeDue(at: loop.now, open: exchanges) { deadlinePassed(exchange) }
    guard !outgoing.isEmpty else { return }
    ledger.submit(outgoing, to: mailbox)
    outgoing.removeAll(keepingCapacity: true)
  }
}

extension GatewayPipeline: AttemptReceiving {
  package func attemptEnded(_ outcome: AttemptOutcome, of id: ExchangeID) {
    if reconciler.attemptEnded(outcome, of: id) { return }
    guard let exchange = exchanges[id], case .sending(let token) = exchange.phase else { return }
    health.attemptEnded(outcome, token: token, at: loop.now)
    let action = exchange.sending?.life.attemptEnded(
      outcome, at: loop.now, jitter: Double.random(in: 0..<1),
      mayRetry: { !isAbandoning && health.mayResend(at: loop.now) })
    if let action { perform(action, of: exchange) }
  }
}
