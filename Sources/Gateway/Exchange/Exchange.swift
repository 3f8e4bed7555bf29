internal import Conference
internal import EventLoop
internal import Policy

/// One request on its way through the pipeline: who waits for its answer and until when, and where it stands. Belongs to
/// one worker.
final class Exchange {
  let id: ExchangeID
  let requestID: String
  let received: MonotonicTime
  let deadline: MonotonicTime
  /// The configuration that the exchange began with: a newer one is for later requests.
  let snapshot: GatewaySnapshot
  /// Who calls, once that is known.
  var caller: AuthenticatedCaller?
  /// Which of Telnyx's calls it asks for, where it isn't the create.
  var call: ConferenceCall?
  /// For its own line of the log; nil where it has none.
  let detail: RequestDetail?
  let trace: RequestTrace
  /// nil where the trace is not sampled, or nobody takes spans.
  var spans: RequestSpans?
  var times: StageTimes
  var state: ExchangeStateMachine
  /// Ends the wait between two sends.
  var backoffTimer: TimerQueue.ID?
  /// Runs when the deadline has passed and the ledger has not answered.
  var graceTimer: TimerQueue.ID?
  /// For the metrics: what becomes of it, as far as is known.
  var decision = RequestDecision.refused
  /// Among the metrics; 0 = nobody knows whose it is.
  var teamNumber: Int { caller?.teamNumber ?? 0 }
  /// Under which of the ledger's leases its command was admitted.
  var lease: UInt64 = 0
  /// When the last attempt began.
  var attemptBegan = MonotonicTime(nanoseconds: 0)

  /// The request had a fault that ends its connection.
  private let isClosing: Bool
  private var responder: Responder?

  /// - Parameter isDetailed: it is to have a line of the log of its own.
  init(
    id: ExchangeID, request: IncomingRequest, trace: RequestTrace, snapshot: GatewaySnapshot,
    responder: consuming Responder, isDetailed: Bool = false
  ) {
    self.id = id
    self.trace = trace
    detail = isDetailed ? RequestDetail(request) : nil
    self.snapshot = snapshot
    isClosing = request.isFaulty
    self.responder = consume responder
    requestID = RequestID.adopt(request.fields)
    received = request.received
    times = StageTimes(received: received)
    deadline = received + snapshot.upstream.deadline
    state = ExchangeStateMachine(requestID: requestID)
  }

  var isAnswered: Bool { responder == nil }

  /// What its sends have to keep to.
  ///
  /// - Parameter tokens: in the order in which they are tried.
  func bounds(tokens: [Int]) -> CommandLife.Bounds {
    let settings = snapshot.upstream
    return CommandLife.Bounds(
      attempts: settings.attempts, attemptTimeout: settings.attemptTimeout, deadline: deadline, tokens: tokens)
  }

  /// Answers, unless that was done already.
  ///
  /// - Parameter asked: the command that the answer is about.
  func reply(_ reply: Reply, about asked: AskedCommand?, closing: Bool) {
    guard let responder = responder.take() else { return }
    var reply = reply
    reply.closesConnection = reply.closesConnection || closing || isClosing
    appendCommonFields(to: &reply.fields, about: asked)
    responder.send(reply)
  }

  private func appendCommonFields(to fields: inout HeaderFields, about asked: AskedCommand?) {
    // So much is nearly always enough.
    fields.reserve(384, fields: 8)
    fields.append("X-Request-Id", requestID)
    guard let asked else { return }
    fields.append("Convene-Command-Id", asked.commandID)
    if let changes = asked.decided?.decision.changes, !changes.isEmpty {
      fields.append("Convene-Policy") { changes.writeParameterized(to: &$0) }
    }
    fields.append(asked.limits, policy: asked.decoded.caller.rateLimitPolicy)
  }
}
