import Conference
import EventLoop
import Gateway
import Metrics
import Synchronization

/// What the listener hands its requests to in place of the pipeline.
///
/// A whole request is answered with its own body, or as the target says: `/at-once` before it is suspended, `/held` when
/// the test releases it, `/bytes/N` with so many of them, `/fields` with many header fields, one of them huge. Anything else is answered a turn later, as the pipeline does.
final class StandIn: RequestReceiving {
  private let loop: EventLoop
  private let log: Received
  private var held: [Held] = []

  init(loop: EventLoop, received: Received) {
    self.loop = loop
    log = received
  }

  /// The body is needed, but for `/early` and `/early-at-once`. Whoever has an Authorization is the caller that it names.
  func judge(_ head: ArrivedHead) -> JudgedHead {
    let share = head.fields.valueRange(of: "authorization").map { log.share(of: head.fields.text($0)) }
    return JudgedHead(
      needsBody: head.fault == nil && head.bodyFault == nil && !head.target.hasPrefix("/early"), share: share)
  }

  func dismissed(_ peer: Peer, on surface: IncomingRequest.Surface) { log.dismissed.add() }

  func unsecured(_ reason: String, from peer: Peer, on surface: IncomingRequest.Surface) {
    log.unsecured.withLock { $0.append(reason) }
  }

  func refuseUnread(_ refusal: Refusal, from peer: Peer, on surface: IncomingRequest.Surface) -> Reply {
    log.unread.add()
    return Reply(
      status: refusal.status, fields: ["Content-Type": "application/json"], body: refusal.envelope(requestID: "unread"))
  }

  func received(_ request: IncomingRequest, responder: consuming Responder) {
    log.requests.withLock { $0.append(request) }
    let reply = Self.reply(to: request)
    let held = Held(responder, reply)
    switch request.target {
    case "/at-once", "/early-at-once": held.release()
    case "/held": self.held.append(held)
    default: loop.timers.schedule(at: loop.now) { held.release() }
    }
  }

  func releaseAll() {
    for held in held { held.release() }
    held = []
  }

  private static func reply(to request: IncomingRequest) -> Reply {
    if let refusal = request.headFault ?? request.head.bodyFault ?? request.bodyFault {
      return Reply(
        status: refusal.status, fields: ["Content-Type": "application/json"],
        body: refusal.envelope(requestID: "of-a-test"), closesConnection: true)
    }
    if request.target.hasPrefix("/bytes/"), let count = Int(request.target.dropFirst(7)) {
      return Reply(status: 200, body: Array(repeating: UInt8(ascii: "x"), count: count))
    }
    if request.target == "/fields" {
      var fields: HeaderFields = ["X-Huge": String(repeating: "z", count: 5000)]
      for number in 10..<40 { fields.append("X-Many-\(number)", String(repeating: "z", count: 86)) }
      return Reply(status: 200, fields: fields, body: request.body)
    }
    let fields: HeaderFields = ["X-Target": request.target, "X-Peer": request.peer.description]
    return Reply(status: 200, fields: fields, body: request.body, closesConnection: request.target == "/close")
  }
}

/// A request that waits for its answer.
private final class Held {
  private var responder: Responder?
  private let reply: Reply

  init(_ responder: consuming Responder, _ reply: Reply) {
    self.responder = consume responder
    self.reply = reply
  }

  func release() { responder.take()?.send(reply) }
}
