package import Conference

/// Who takes the requests of a listener: the pipeline, or a test's stand-in.
package protocol RequestReceiving: AnyObject {
  /// A head is there; of its body nothing was read yet, nor was its sender told to go on (`100 Continue`). A request
  /// whose body isn't needed is received right after.
  func judge(_ head: ArrivedHead) -> JudgedHead

  func received(_ request: IncomingRequest, responder: consuming Responder)

  /// A connection was closed to make room for others, before anybody knew who calls or while there was no request.
  func dismissed(_ peer: Peer, on surface: IncomingRequest.Surface)

  /// A TLS handshake has failed, or the certificate that was shown in it counts no more: the connection ends.
  ///
  /// - Parameter reason: for people.
  func unsecured(_ reason: String, from peer: Peer, on surface: IncomingRequest.Surface)

  /// What a client has sent can't be read as a request, and is refused at once: there is no head to judge.
  func refuseUnread(_ refusal: Refusal, from peer: Peer, on surface: IncomingRequest.Surface) -> Reply
}

extension GatewayPipeline: RequestReceiving {}
