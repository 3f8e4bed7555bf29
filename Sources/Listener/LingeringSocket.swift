internal import CLinux
internal import EventLoop
internal import Gateway

/// A connection that libmicrohttpd is done with, but its client perhaps not: reads and drops what still comes.
///
/// Closing a socket with bytes that nobody has read is a reset, and a reset takes the reply along that the client has not
/// read yet (RFC 9112, section 9.6). libmicrohttpd closes at once, so a duplicate of its descriptor is kept here until the
/// client closes, too, or has had enough time. How much it sends meanwhile doesn't matter: many a client reads nothing before
/// it has sent all.
final class LingeringSocket: ReadinessHandling {
  private let socket: Int32
  let surface: IncomingRequest.Surface
  let began: MonotonicTime
  private let place: ConnectionLimit.Place
  private unowned let listener: HTTPListener
  private var timer: TimerQueue.ID?

  /// - Parameter socket: owned from now on.
  init(
    _ socket: Int32, surface: IncomingRequest.Surface, place: ConnectionLimit.Place, listener: HTTPListener,
    timeout: Duration
  ) throws(SystemError) {
    self.socket = socket
    self.surface = surface
    began = listener.loop.now
    self.place = place
    self.listener = listener
    shutdown(socket, Int32(SHUT_WR))
    try listener.loop.watch(socket, for: .readable, handler: self)
    timer = listener.loop.timers.schedule(at: listener.loop.now + timeout) { [weak self] in self?.end() }
  }

  deinit { close(socket) }

  func ready(_ descriptor: Int32, _ readiness: Readiness) {
    let count = withUnsafeTemporaryAllocation(byteCount: 64 * 1024, alignment: 1) { room in
      recv(socket, room.baseAddress, room.count, 0)
    }
    if count < 0, convene_errno() == EAGAIN { return }
    if count <= 0 { end() }
  }

  func end() {
    if let timer { listener.loop.timers.cancel(timer) }
    listener.loop.unwatch(socket)
    listener.lingered(self)
  }
}
