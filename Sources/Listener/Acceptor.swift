internal import CLinux
internal import EventLoop
internal import Gateway

/// Takes connections from one listening socket.
final class Acceptor: ReadinessHandling {
  /// How long to wait where the process has no descriptor left: the socket stays ready, and the loop must not spin.
  private static let pause: Duration = .milliseconds(100)
  /// How long to wait where there are too many connections: until a worker has turned.
  private static let turn: Duration = .milliseconds(5)

  private let socket: ListeningSocket
  let surface: IncomingRequest.Surface
  private let tls: TLSEndpoint?
  private unowned let listener: HTTPListener
  private var isStopped = false

  init(socket: ListeningSocket, surface: IncomingRequest.Surface, tls: TLSEndpoint?, listener: HTTPListener) {
    self.socket = socket
    self.surface = surface
    self.tls = tls
    self.listener = listener
  }

  func start() throws(SystemError) {
    // All workers wait on one socket: of them one is woken.
    try listener.loop.watch(socket.descriptor, for: [.readable, .exclusive], handler: self)
  }

  /// Accepts what has connected before, and nothing more: from now on connecting is refused at once.
  func stop() {
    guard !isStopped else { return }
    isStopped = true
    listener.loop.unwatch(socket.descriptor)
    for _ in 0..<Int(SOMAXCONN) where listener.isExhausted(surface) || accept() != nil { break }
    socket.stop()
  }

  /// One connection a turn: if there are more, the loop says so again, and no call is spent on finding out.
  func ready(_ descriptor: Int32, _ readiness: Readiness) {
    guard !listener.isExhausted(surface) else { return wait(Self.turn) }
    switch accept() {
    case .some(let error) where [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error):
      listener.isShort(of: error, surface: surface)
      wait(Self.pause)
    // None, or the client has left, or another worker was faster.
    default: break
    }
  }

  /// - Returns: errno where there was none to take.
  private func accept() -> Int32? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let (fresh, error, peer) = withUnsafeMutablePointer(to: &storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        let fresh = convene_accept(socket.descriptor, address, &length)
        return fresh < 0 ? (fresh, convene_errno(), nil) : (fresh, 0, Peer(of: fresh, address: address))
      }
    }
    guard fresh >= 0 else { return error }
    guard let peer else {
      CLinux.close(fresh)
      return nil
    }
    // A worker that stops keeps what it takes: the others stop, too.
    listener.accepted(
      fresh, address: storage, length: length, peer: peer, surface: surface, tls: tls, mayHandOn: !isStopped)
    return nil
  }

  private func wait(_ pause: Duration) {
    listener.loop.unwatch(socket.descriptor)
    listener.loop.timers.schedule(at: listener.loop.now + pause) { [weak self] in
      guard let self, !isStopped else { return }
      // Fails only for want of memory; then the next pause tries again.
      do throws(SystemError) { try start() } catch { wait(Self.pause) }
    }
  }
}

extension Peer {
  /// Who is at the other end of a fresh connection; nil where the kernel doesn't say.
  fileprivate init?(of socket: Int32, address: UnsafePointer<sockaddr>) {
    switch Int32(address.pointee.sa_family) {
    case AF_UNIX:
      let uid = convene_peer_uid(socket)
      guard uid >= 0 else { return nil }
      self = .unix(uid: UInt32(uid))
    default:
      guard let text = SocketAddress.text(of: address) else { return nil }
      self = .tcp(text)
    }
  }
}
