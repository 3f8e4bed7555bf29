internal import CLinux
internal import EventLoop
internal import Gateway

/// One connection from a caller, with the absolute deadline of what it is doing.
final class CallerConnection {
  let peer: Peer
  let surface: IncomingRequest.Surface
  /// It is told that there are too many, and closed.
  let isOverLimit: Bool
  unowned let listener: HTTPListener
  /// The request that is being read or answered.
  private(set) var request: IncomingExchange? {
    didSet {
      if oldValue != nil { listener.requestsUnderWay -= 1 }
      if request != nil { listener.requestsUnderWay += 1 }
    }
  }

  private let socket: Int32
  private var deadline: MonotonicTime = .distantFuture
  /// One timer for the connection's whole life: it is not moved with the deadline, it looks again.
  private var timer: TimerQueue.ID?

  init(socket: Int32, peer: Peer, surface: IncomingRequest.Surface, isOverLimit: Bool, listener: HTTPListener) {
    self.socket = socket
    self.peer = peer
    self.surface = surface
    self.isOverLimit = isOverLimit
    self.listener = listener
  }

  func expectHead(within timeout: Duration) { expect(within: timeout) }

  /// The request line is there: the rest of the head has its own, shorter time.
  func begin(target: String, mhd: OpaquePointer) {
    request = IncomingExchange(target: target, mhd: mhd, connection: self)
    expect(within: listener.settings.headerTimeout)
  }

  func expectBody() { expect(within: listener.settings.bodyTimeout) }

  /// The request is whole. The pipeline keeps its deadline now; a suspended connection has none.
  func expectNothing() { deadline = .distantFuture }

  /// The answer is on its way; a client that doesn't read it must not hold the connection for ever.
  func expectReading() { expect(within: listener.settings.idleTimeout) }

  /// The request was answered, or given up: the next one may come.
  func completed() {
    request?.isGone = true
    request = nil
    expect(within: listener.settings.idleTimeout)
  }

  func end() {
    request?.isGone = true
    request = nil
    if let timer { listener.loop.timers.cancel(timer) }
    timer = nil
  }

  private func expect(within timeout: Duration) {
    deadline = listener.loop.now + timeout
    if let timer, timerTime > deadline {
      listener.loop.timers.cancel(timer)
      self.timer = nil
    }
    if timer == nil { arm() }
  }

  private var timerTime: MonotonicTime = .distantFuture

  private func arm() {
    timerTime = deadline
    timer = listener.loop.timers.schedule(at: deadline) { [weak self] in self?.timerFired() }
  }

  private func timerFired() {
    timer = nil
    guard deadline != .distantFuture else { return }
    if deadline > listener.loop.now { return arm() }
    // libmicrohttpd sees the end of the stream and closes the connection; the descriptor stays its own.
    shutdown(socket, Int32(SHUT_RDWR))
    listener.needsRun = true
  }
}
