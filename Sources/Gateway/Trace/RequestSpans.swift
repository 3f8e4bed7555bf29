internal import Conference
internal import EventLoop

/// The spans of a sampled request while it is under way. Belongs to one worker.
///
/// Names and attributes are those of OpenTelemetry's semantic conventions for HTTP; what is the gateway's own begins with
/// `convene.`. Nothing of a body is in them, no key and no token, nor a path that is none of the gateway's: there somebody may
/// have put anything. All times are the worker's loop's, so a stage's span lies within the request's.
final class RequestSpans {
  private let trace: RequestTrace
  private let numbers: TraceNumbers
  /// What to add to a time of the clock that nobody can set for nanoseconds since 1970.
  private let epoch: Int64
  private let upstreamURL: String
  private var request: TraceSpan
  /// The one stage that is under way, but for an attempt: the ledger is asked, or Telnyx what became of a command.
  private var stage: TraceSpan?
  private var attempt: TraceSpan?
  private var ended: [TraceSpan] = []
  private var isAnswered = false
  private var outcome: AuditEntry.Outcome?
  /// Where the ledger knows better than the settlement.
  private var otherwise: AuditEntry.Outcome?
  private var refusal: Refusal.Kind?
  private var commandID: String?

  init(_ request: IncomingRequest, of exchange: Exchange, numbers: TraceNumbers, wall: WallTime, now: MonotonicTime) {
    trace = exchange.trace
    self.numbers = numbers
    epoch = wall.microseconds * 1000 - now.nanoseconds
    upstreamURL = exchange.snapshot.upstream.url
    let route = (try? Route(method: request.method, target: request.target))?.template
    let method = Self.methods.contains(request.method) ? request.method : nil
    var span = TraceSpan(
      [method ?? "HTTP", route].compactMap(\.self).joined(separator: " "), .server, trace: trace.id, id: trace.span,
      parent: trace.parent, isRemote: trace.parent != nil, flags: trace.flags,
      start: epoch + request.received.nanoseconds)
    span.note("http.request.method", method ?? "_OTHER")
    span.note("http.route", route)
    // What stands in another call's path may be a call's own id.
    if let route { span.note("url.path", exchange.call == nil ? RequestPath(request.target).path : route) }
    span.note("url.scheme", request.head.isEncrypted ? "https" : "http")
    if let host = request.fields.value(of: "host").map({ NetworkAddress($0) }) {
      span.note("server.address", host.host)
      span.note("server.port", host.port)
    }
    switch request.peer {
    case .tcp(let address), .tls(let address, _):
      let peer = NetworkAddress(address)
      span.note("network.peer.address", peer.host)
      span.note("network.peer.port", peer.port)
    case .unix: span.note("network.transport", "unix")
    }
    span.note("convene.request_id", exchange.requestID)
    span.note("convene.team", exchange.caller?.team.name)
    span.note("convene.caller", exchange.caller?.name)
    self.request = span
  }

  /// The request is refused before the ledger was asked.
  func refused(_ refusal: Refusal) { self.refusal = refusal.kind }

  // MARK: The ledger

  func asks(_ question: LedgerRequest, at now: MonotonicTime) {
    switch question {
    case .admit(let admission):
      commandID = admission.commandID
      begin("ledger admit", at: now)
    case .settle(let settlement):
      (commandID, outcome) = (settlement.commandID, settlement.outcome.audited)
      otherwise = settlement.otherwise?.outcome.audited
      begin("ledger settle", at: now)
      stage?.note("convene.outcome", outcome?.rawValue)
    case .record: begin("ledger record", at: now)
    case .noteToken: begin("ledger note token", at: now)
    case .inspect(let commandID, _):
      self.commandID = commandID
      begin("ledger inspect", at: now)
    case .resolve: begin("ledger resolve", at: now)
    case .pass: begin("ledger pass", at: now)
    case .close(let entry, _):
      outcome = entry.outcome
      begin("ledger close", at: now)
    case .sift: begin("ledger sift", at: now)
    case .leave, .nextUnknown: break
    }
  }

  func answered(_ answer: LedgerAnswer, at now: MonotonicTime) {
    switch answer {
    case .refused(let refusal, _):
      self.refusal = refusal.kind
      stage?.note("convene.refusal", refusal.kind.rawValue)
    case .replayed(_, let commandID): self.commandID = commandID
    case .resume(let command, _), .reconcile(let command): commandID = command.commandID
    case .settledOtherwise: outcome = otherwise
    case .admitted, .absent, .resolved, .nothingUnknown, .tokenNoted, .settled, .recorded, .operation, .passed,
      .visible:
      break
    }
    endStage(at: now)
  }

  // MARK: Telnyx

  /// - Parameter resends: how often it was sent before, by an earlier request or this one.
  func sends(
    as id: SpanID, _ method: String = "POST", path: String = "/conferences", resends: Int, at now: MonotonicTime
  ) {
    var span = part(method, .client, id, at: now)
    span.note("http.request.method", method)
    span.note("url.full", upstreamURL + path)
    noteServer(of: &span)
    if resends > 0 { span.note("http.request.resend_count", resends) }
    attempt = span
  }

  func attemptEnded(_ outcome: AttemptOutcome, at now: MonotonicTime) {
    guard var span = attempt.take() else { return }
    switch outcome {
    case .replied(let reply):
      span.note("http.response.status_code", reply.status)
      span.hasFailed = reply.status >= 400
      if span.hasFailed { span.note("error.type", String(reply.status)) }
    case .notSent(let failure), .lost(let failure):
      span.hasFailed = true
      span.note("error.type", failure.name)
      span.message = AuditText(failure.detail).text
    }
    end(span, at: now)
  }

  /// Telnyx is asked what became of the command.
  func looksUp(as id: SpanID, at now: MonotonicTime) {
    endStage(at: now)
    var span = part("look up", .internal, id, at: now)
    noteServer(of: &span)
    stage = span
  }

  func lookedUp(_ finding: Resolution.Finding, at now: MonotonicTime) {
    let word =
      switch finding {
      case .found: "found"
      case .absent: "absent"
      case .unclear: "unclear"
      }
    stage?.note("convene.finding", word)
    endStage(at: now)
  }

  private func noteServer(of span: inout TraceSpan) {
    let server = NetworkAddress(url: upstreamURL)
    span.note("server.address", server.host)
    span.note("server.port", server.port ?? (upstreamURL.utf8.starts(with: "https:".utf8) ? 443 : 80))
  }

  // MARK: The end

  /// The caller has its answer.
  func answered(with status: Int, at now: MonotonicTime) {
    request.end = epoch + now.nanoseconds
    isAnswered = true
    request.note("http.response.status_code", status)
    // Of a server's span only its own faults are errors.
    request.hasFailed = status >= 500
    if request.hasFailed { request.note("error.type", String(status)) }
  }

  /// The request is over.
  ///
  /// - Parameter decision: what became of it.
  /// - Returns: all of its spans, its own first.
  func finish(_ decision: RequestDecision, at now: MonotonicTime) -> [TraceSpan] {
    if let attempt { end(attempt, at: now) }
    endStage(at: now)
    if !isAnswered { request.end = epoch + now.nanoseconds }
    request.note("convene.command_id", commandID)
    request.note("convene.decision", decision.label)
    request.note("convene.outcome", outcome?.rawValue)
    request.note("convene.refusal", refusal?.rawValue)
    return [request] + ended
  }

  private func begin(_ name: String, at now: MonotonicTime) {
    endStage(at: now)
    stage = part(name, .internal, numbers.spanID(), at: now)
  }

  private func endStage(at now: MonotonicTime) {
    if let span = stage.take() { end(span, at: now) }
  }

  private func part(_ name: String, _ kind: TraceSpan.Kind, _ id: SpanID, at now: MonotonicTime) -> TraceSpan {
    TraceSpan(
      name, kind, trace: trace.id, id: id, parent: trace.span, flags: trace.flags, start: epoch + now.nanoseconds)
  }

  private func end(_ span: TraceSpan, at now: MonotonicTime) {
    var span = span
    span.end = epoch + now.nanoseconds
    ended.append(span)
  }

  /// Those that a method's name is taken of (RFC 9110, section 9, and RFC 5789).
  private static let methods: Set<String> = [
    "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
  ]
}

extension Route {
  /// The path as OpenTelemetry's `http.route` has it.
  fileprivate var template: String {
    switch self {
    case .create: "/conferences"
    case .explain: "/conferences:explain"
    case .operation: "/operations/{command_id}"
    case .call(let target): target.call.specification.template
    }
  }
}
