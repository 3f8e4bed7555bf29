package import Conference
internal import EventLoop
internal import Logging
internal import Metrics

/// What becomes of connections on which no request was received. Strangers cause these, so the log is told of them once a
/// minute at most; each is counted.
extension GatewayPipeline {
  package func dismissed(_ peer: Peer, on surface: IncomingRequest.Surface) {
    metrics.dismissed.add()
    guard let count = dismissals.note(at: loop.now) else { return }
    log.warning(
      "connections are closed to make room for others",
      metadata: ["connections": .stringConvertible(count), "surface": "\(surface)", "peer": "\(peer)"])
  }

  package func refuseUnread(_ refusal: Refusal, from peer: Peer, on surface: IncomingRequest.Surface) -> Reply {
    if surface == .callers {
      metrics.requests.add()
      metrics.refused.add()
    }
    if let count = unreadHeads.note(at: loop.now) {
      log.warning(
        "what can't be read as a request was refused",
        metadata: [
          "requests": .stringConvertible(count), "surface": "\(surface)", "peer": "\(peer)",
          "status": .stringConvertible(refusal.status),
        ])
    }
    let requestID = RequestID.adopt([:])
    var reply = Reply(refusal, requestID: requestID)
    reply.fields.append("X-Request-Id", requestID)
    return reply
  }
}

/// Something that may happen often, and is to be told of once a minute at most.
struct Occurrences {
  private static let interval: Duration = .seconds(60)

  private var untold = 0
  private var next = MonotonicTime(nanoseconds: 0)

  /// - Returns: how often it has happened since it was told of, where it is to be told of now.
  mutating func note(at now: MonotonicTime) -> Int? {
    untold += 1
    guard now >= next else { return nil }
    defer { (untold, next) = (0, now + Self.interval) }
    return untold
  }
}
