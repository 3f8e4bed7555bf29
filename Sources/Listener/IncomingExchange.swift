internal import CMicrohttpd
internal import Conference
internal import EventLoop
internal import Gateway

/// One request as libmicrohttpd brings it, piece by piece, and its answer on the way back.
///
/// What the head decides is answered before the body: libmicrohttpd lets a reply be queued when it first tells of a request,
/// also after the connection was suspended meanwhile. It then sends no `100 Continue`, reads no body, and closes.
final class IncomingExchange: ReplyReceiving {
  private enum Phase {
    case line
    case body
    /// The pipeline has it.
    case waiting
    case answered
  }

  /// libmicrohttpd has forgotten the request: there is nobody to answer.
  var isGone = false

  /// As the request line has it.
  let target: String
  private let mhd: OpaquePointer
  /// Keeps this until the request is completed or the connection ends, so neither keeps the other for ever.
  private let connection: CallerConnection
  private var phase = Phase.line
  /// nil once the request was handed on.
  private var head: (arrived: ArrivedHead, judged: JudgedHead)?
  private var isChunked = false
  /// nil where none is kept.
  private var body: ArrivingBody?
  private var bodyFault: Refusal?
  /// It is answered before its body, which then nobody can tell from a next request.
  private var isEarly = false
  /// It is answered in the middle of its body. libmicrohttpd takes no answer then: it is sent past it, and the connection ends.
  private var isCutOff = false
  /// Its caller's; nil where nobody knows who calls.
  private var share: CallerShare?
  private var reply: Reply?
  private var isSuspended = false

  init(target: String, mhd: OpaquePointer, connection: CallerConnection) {
    self.target = target
    self.mhd = mhd
    self.connection = connection
  }

  deinit {
    if let share { connection.listener.limit.end(on: connection.listener.worker, for: share) }
  }

  var isOfKnownCaller: Bool { share != nil }

  /// Its head was judged.
  var hasHead: Bool { phase != .line }

  var isWaiting: Bool { phase == .waiting }

  /// What `handle` was given is to be given to it once more, so that it is called after a resume.
  var leavesPiece: Bool { isCutOff && isSuspended }

  /// libmicrohttpd calls this once for the head, once for each piece of the body, and once more at its end; and again
  /// after each resume. False closes the connection.
  func handle(_ line: () -> RequestLine, piece: UnsafeRawBufferPointer) -> Bool {
    switch phase {
    case .line: return begin(line())
    case .body: return piece.isEmpty ? deliver() : take(piece)
    // Without a reply it was abandoned.
    case .waiting: return reply.map(answer) ?? false
    case .answered: return true
    }
  }

  private func begin(_ line: RequestLine) -> Bool {
    let listener = connection.listener
    guard let receiver = listener.receiver, connection.isStillSecure() else { return false }
    let head = RequestHead(line, of: mhd, settings: listener.settings)
    let arrived = ArrivedHead(
      surface: connection.surface, method: head.method, target: head.target, fields: head.fields, peer: connection.peer,
      isEncrypted: connection.tls != nil, received: listener.loop.now, fault: head.fault, bodyFault: head.bodyFault)
    let judged = receiver.judge(arrived)
    self.head = (arrived, judged)
    isChunked = head.isChunked
    let size = head.contentLength ?? 0
    if let share = judged.share { takePlace(share) }
    if judged.needsBody, bodyFault == nil, head.fault == nil, head.bodyFault == nil {
      var arriving = ArrivingBody(in: listener.bodies, of: judged.share)
      bodyFault = arriving.reserve(size).map(Self.noRoom)
      if bodyFault == nil { body = consume arriving }
    }
    phase = .body
    // Where a head can't be trusted, nobody knows whether there is a body.
    if head.fault != nil || body == nil && (isChunked || size > 0 || head.expectsContinue) {
      isEarly = true
      return deliver()
    }
    connection.expectBody()
    return true
  }

  /// Who calls is known: the connection is this caller's until the request is answered, unless it has too many.
  private func takePlace(_ caller: CallerShare) {
    connection.isNowKnown()
    let listener = connection.listener
    guard let shortage = listener.limit.begin(on: listener.worker, for: caller) else { return share = caller }
    bodyFault = .unavailable(
      .overloaded,
      shortage == .share
        ? "this caller has as many requests under way as are left for all others; nothing was sent"
        : "this gateway has too many requests under way; nothing was sent")
  }

  private static func noRoom(_ shortage: SharedRoom.Shortage) -> Refusal {
    .unavailable(
      .overloaded,
      shortage == .share
        ? "this caller is sending as much at the moment as is left for all others; nothing was sent"
        : "this gateway is receiving too much at the moment; nothing was sent")
  }

  private func take(_ piece: UnsafeRawBufferPointer) -> Bool {
    let largest = connection.listener.settings.maxBody
    let size = (body?.bytes.count ?? 0) + piece.count
    if size > largest {
      bodyFault = Refusal.bodyTooLarge(largest)
    } else if let shortage = body?.append(piece) {
      bodyFault = Self.noRoom(shortage)
    }
    guard bodyFault != nil else { return true }
    // Its end may never come: whoever sends it is told now.
    isCutOff = true
    return deliver()
  }

  private func deliver() -> Bool {
    guard let receiver = connection.listener.receiver, let head = head.take() else { return false }
    phase = .waiting
    connection.expectNothing()
    let fault = bodyFault ?? (isChunked && !isEarly ? RequestHead.trailerFault(of: mhd) : nil)
    let request = IncomingRequest(
      head.arrived, judged: head.judged, body: fault == nil ? body?.bytes ?? [] : [], bodyFault: fault)
    body = nil
    receiver.received(request, responder: Responder(self))
    if let reply { return answer(reply) }
    isSuspended = true
    MHD_suspend_connection(mhd)
    return true
  }

  func receive(_ reply: Reply) {
    guard !isGone else { return }
    self.reply = reply
    resume()
  }

  /// The listener closes: whoever waits gets no answer.
  func abandon() {
    guard phase == .waiting else { return }
    resume()
  }

  /// Its connection's deadline has passed: libmicrohttpd ends it within a second, in whatever state it is.
  func giveUp() { convene_set_idle_timeout(mhd, 1) }

  var isAnswered: Bool { phase == .answered }

  private func resume() {
    guard isSuspended else { return }
    isSuspended = false
    MHD_resume_connection(mhd)
    connection.daemon.wake()
  }

  private func answer(_ reply: Reply) -> Bool { isCutOff ? cutOff(reply) : queue(reply) }

  /// - Returns: false, which ends the connection. What its client still sends is read and dropped.
  private func cutOff(_ reply: Reply) -> Bool {
    phase = .answered
    if connection.send(ReplyText.of(reply)) { connection.willClose() }
    return false
  }

  private func queue(_ reply: Reply) -> Bool {
    phase = .answered
    connection.expectReading()
    let response = reply.body.withUnsafeBytes { bytes in
      MHD_create_response_from_buffer(
        bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
    }
    guard let response else { return false }
    defer { MHD_destroy_response(response) }
    // Refuses what can't stand in a header line; the reply then goes without that field.
    ReplyRoom.fitting(reply.fields).forEachCString { name, value in
      _ = MHD_add_response_header(response, name, value)
    }
    // In a crowd a stranger has had its turn.
    if reply.closesConnection || isEarly || isHardToDelimit || !isOfKnownCaller && connection.isOneTooMany {
      MHD_add_response_header(response, "Connection", "close")
      connection.willClose()
    }
    return convene_queue_response(mhd, UInt32(reply.status), response) == .YES
  }

  /// libmicrohttpd before 0.9.77 ends a chunk's line at a bare LF, and not everybody else does: what follows a chunked body
  /// on the connection is not taken for a request.
  private var isHardToDelimit: Bool { convene_microhttpd_is_strict() == 0 && isChunked }
}
