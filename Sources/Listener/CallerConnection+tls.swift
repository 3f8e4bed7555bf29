internal import CLinux
internal import Conference
internal import EventLoop
internal import Gateway

/// What TLS adds to a connection's life.
extension CallerConnection {
  /// - Returns: false where what comes is no TLS.
  func handshakeGoesOn() -> Bool {
    guard let tls, !tls.isTLS(on: socket) else { return true }
    handshakeEnded(-1)
    return false
  }

  /// Nothing comes of it until the client has gone on; or the deadline has passed, which shuts the socket down.
  func handshakeWaits(_ mhd: OpaquePointer, for interest: Readiness) {
    // MHD_stop_daemon must not meet a suspended connection.
    guard !listener.isClosing else { return }
    // Without memory to watch it, libmicrohttpd tries as often as it is let.
    tls?.pause = try? HandshakePause(self, mhd, for: interest)
  }

  /// Also where nobody waits.
  func handshakeMayGoOn() { tls?.pause.take()?.end() }

  func handshakeEnded(_ result: Int32) {
    switch tls?.ended(result, on: socket) {
    case .secured(let certificate?): isNow(certificate)
    // Whose time was over is the client's fault, but none of its TLS.
    case .failed(let reason) where !isShut: listener.receiver?.unsecured(reason, from: peer, on: surface)
    // Whoever says http:// where https:// is spoken is told so in words that it reads.
    case .plain: refusePlain(.badRequest("this port speaks TLS: the URL must begin with https://"))
    case .secured(nil), .failed, .left, nil: break
    }
  }

  /// Whether the certificate that was shown counts still, for the request that begins.
  func isStillSecure() -> Bool {
    guard let objection = tls?.objection(at: .now) else { return true }
    listener.receiver?.unsecured(objection, from: peer, on: surface)
    return false
  }
}
