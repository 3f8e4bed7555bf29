package import Conference
internal import EventLoop
internal import Logging
internal import Metrics

/// What becomes of connections on which no request was received. Strangers cause these, so the log is told of them once a
/// minute at most; each is counted.
extension GatewayPipeline {
  package func dismissed(_ peer: Peer, on surface: IncomingRequest.Surface) {
    metrics.dismissed.add()
    guard let count = news.connectionDismissed(at: loop.now) else { return }
    log.warning(
      "connections are closed to make room for others",
      metadata: ["connections": .stringConvertible(count), "surface": "\(surface)", "peer": "\(peer)"])
  }

  package func unsecured(_ reason: String, from peer: Peer, on surface: IncomingRequest.Surface) {
    guard let count = news.connectionUnsecured(at: loop.now) else { return }
    log.warning(
      "connections end because TLS or a certificate is not as it must be",
      metadata: [
        "connections": .stringConvertible(count), "surface": "\(surface)", "peer": "\(peer)", "reason": "\(reason)",
      ])
  }

  package func refuseUnread(_ refusal: Refusal, from peer: Peer, on surface: IncomingRequest.Surface) -> Reply {
    if surface == .callers { counts.answered(.refused, team: 0, status: refusal.status, after: .zero) }
    let requestID = RequestID.adopt([:])
    let count = news.headUnread(at: loop.now)
    if count != nil || threshold.hasRequests {
      var metadata: Logger.Metadata = [
        "surface": "\(surface)", "peer": "\(peer)", "status": .stringConvertible(refusal.status),
        "request_id": "\(requestID)",
      ]
      log.debug("request", metadata: metadata)
      if let count {
        metadata["requests"] = .stringConvertible(count)
        log.warning("what can't be read as a request was refused", metadata: metadata)
      }
    }
    var reply = Reply(refusal, requestID: requestID)
    reply.fields.append("X-Request-Id", requestID)
    return reply
  }
}
