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
  private var discarded = 0
  /// It is answered before its body, which then nobody can tell from a next request.
  private var isEarly = false
  private var reply: Reply?
  private var isSuspended = false

  init(target: String, mhd: OpaquePointer, connection: CallerConnection) {
    self.target = target
    self.mhd = mhd
    self.connection = connection
  }

  /// libmicrohttpd calls this once for the head, once for each piece of the body, and once more at its end; and again
  /// after each resume. False closes the connection.
  func handle(_ line: () -> RequestLine, piece: UnsafeRawBufferPointer) -> Bool {
    switch phase {
    case .line: return begin(line())
    case .body: return piece.isEmpty ? deliver() : take(piece)
    // Without a reply it was abandoned.
    case .waiting: return reply.map(queue) ?? false
    case .answered: return true
    }
  }

  private func begin(_ line: RequestLine) -> Bool {
    let listener = connection.listener
    guard let receiver = listener.receiver else { return false }
    let head = RequestHead(line, of: mhd, settings: listener.settings, isOverLimit: connection.isOverLimit)
    let arrived = ArrivedHead(
      surface: connection.surface, method: head.method, target: head.target, fields: head.fields, peer: connection.peer,
      received: listener.loop.now, fault: head.fault, bodyFault: head.bodyFault)
    let judged = receiver.judge(arrived)
    self.head = (arrived, judged)
    isChunked = head.isChunked
    let size = head.contentLength ?? 0
    if judged.needsBody, head.fault == nil, head.bodyFault == nil {
      body = ArrivingBody(of: size, in: listener.bodies)
      if body == nil { bodyFault = Self.noRoom }
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

  private static let noRoom = Refusal.unavailable(
    .overloaded, "this gateway is receiving too much at the moment; nothing was sent")

  /// False where a client sends on and on although nobody keeps it.
  private func take(_ piece: UnsafeRawBufferPointer) -> Bool {
    let largest = connection.listener.settings.maxBody
    if bodyFault == nil {
      if (body?.bytes.count ?? 0) + piece.count > largest {
        bodyFault = RequestHead.tooLarge(largest)
      } else if body?.append(piece) != true {
        bodyFault = Self.noRoom
      }
    }
    guard bodyFault != nil else { return true }
    body = nil
    discarded += piece.count
    return discarded <= largest * RequestHead.largestDiscard
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
    if let reply { return queue(reply) }
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
    connection.listener.wake()
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
    if reply.closesConnection || connection.isOverLimit || isEarly || isHardToDelimit {
      MHD_add_response_header(response, "Connection", "close")
      connection.willClose()
    }
    return MHD_queue_response(mhd, UInt32(reply.status), response) == .YES
  }

  /// libmicrohttpd before 0.9.77 ends a chunk's line at a bare LF, and not everybody else does: what follows a chunked body
  /// on the connection is not taken for a request.
  private var isHardToDelimit: Bool { convene_microhttpd_is_strict() == 0 && isChunked }
}
