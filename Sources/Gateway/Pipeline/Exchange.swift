internal import Conference
internal import EventLoop
internal import Policy

/// One request on its way through the pipeline: what is known of it so far. Belongs to one worker.
final class Exchange {
  enum Phase {
    case opened
    /// The ledger was asked whether the command may be sent; perhaps it waits there for another request's outcome.
    case admitting
    case sending(token: Int)
    case backingOff(TimerQueue.ID)
    /// Telnyx is asked what became of the command.
    case reconciling
    /// The outcome is on its way to the disk.
    case settling
    /// A refusal is on its way to the disk.
    case recording
    case inspecting
  }

  /// What is being sent. A class, because it is looked at more often than it is changed.
  final class Sending {
    var life: CommandLife
    let body: [UInt8]
    let fields: HeaderFields
    let began: MonotonicTime
    /// By an earlier request, perhaps.
    let firstSent: WallTime

    init(life: CommandLife, body: [UInt8], fields: HeaderFields, began: MonotonicTime, firstSent: WallTime) {
      self.life = life
      self.body = body
      self.fields = fields
      self.began = began
      self.firstSent = firstSent
    }
  }

  let id: ExchangeID
  let requestID: String
  let deadline: MonotonicTime

  var phase = Phase.opened
  var caller: AuthenticatedCaller?
  var decided: DecidedCommand?
  /// Empty until decided.
  var commandID = ""
  var limits: [LimitStatus] = []
  /// When the ledger was asked whether the command may be sent, the last time.
  var admissionAsked: MonotonicTime
  var sending: Sending?
  var audit: AuditEntry
  /// The same once the ledger was asked whether the command may be sent. `audit` is not used any more then.
  var audited: AuditedRequest?
  /// The outcome, to be told once the ledger says that it is on the record.
  var settlement: Settlement?
  /// A refusal, likewise.
  var preparedReply: Reply?
  /// Runs when the deadline has passed and the ledger has not answered.
  var graceTimer: TimerQueue.ID?

  /// What goes along to Telnyx. All that is kept of the request's head, and nothing of its body: a thousand may wait.
  private(set) var forwardedFields = HeaderFields()
  /// The request had a fault that ends its connection.
  private let isClosing: Bool
  private var responder: Responder?

  init(
    id: ExchangeID, request: IncomingRequest, configuration: GatewayConfiguration, responder: consuming Responder
  ) {
    self.id = id
    isClosing = request.isFaulty
    self.responder = consume responder
    requestID = RequestID.adopt(request.fields)
    deadline = request.received + configuration.upstream.deadline
    admissionAsked = request.received
    audit = AuditEntry(
      organization: configuration.organization, peer: request.peer.description, requestID: requestID,
      received: request.received, configuration: configuration.revision)
    audit.traceparent = TraceContext.parent(request.fields)
  }

  func keepForwardedFields(of request: IncomingRequest) {
    forwardedFields = ForwardedFields.fields(of: request, requestID: requestID)
  }

  var isAnswered: Bool { responder == nil }

  /// Answers, unless that was done already.
  func reply(_ reply: Reply, closing: Bool) {
    guard let responder = responder.take() else { return }
    var reply = reply
    reply.closesConnection = reply.closesConnection || closing || isClosing
    appendCommonFields(to: &reply.fields)
    responder.send(reply)
  }

  private func appendCommonFields(to fields: inout HeaderFields) {
    // So much is nearly always enough.
    fields.reserve(384, fields: 8)
    fields.append("X-Request-Id", requestID)
    if !commandID.isEmpty { fields.append("Convene-Command-Id", commandID) }
    if let changes = decided?.decision.changes, !changes.isEmpty {
      fields.append("Convene-Policy") { changes.writeParameterized(to: &$0) }
    }
    fields.append(limits, policy: caller?.rateLimitPolicy)
  }
}
