internal import CMicrohttpd
internal import EventLoop

/// A handshake that waits for its client. libmicrohttpd would turn for it without end, and with it for all others that wait; so its
/// connection is suspended meanwhile, and the socket watched here.
final class HandshakePause: ReadinessHandling {
  private let socket: Int32
  private let mhd: OpaquePointer
  private unowned let connection: CallerConnection

  init(_ connection: CallerConnection, _ mhd: OpaquePointer, for interest: Readiness) throws(SystemError) {
    socket = connection.socket
    self.mhd = mhd
    self.connection = connection
    try connection.listener.loop.watch(socket, for: interest, handler: self)
    MHD_suspend_connection(mhd)
  }

  func ready(_ descriptor: Int32, _ readiness: Readiness) { connection.handshakeMayGoOn() }

  /// libmicrohttpd has the connection again.
  func end() {
    connection.listener.loop.unwatch(socket)
    MHD_resume_connection(mhd)
    connection.daemon.wake()
  }
}
