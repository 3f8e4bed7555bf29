internal import CLinux
internal import EventLoop
internal import Gateway

/// One connection from a caller, with the absolute deadline of what it is doing.
final class CallerConnection {
  let peer: Peer
  let surface: IncomingRequest.Surface
  /// It is told that there are too many, and closed.
  let isOverLimit: Bool
  /// Keeps this, as the timer does, until libmicrohttpd tells of its end: then both let go.
  let listener: HTTPListener
  /// The request that is being read or answered.
  private(set) var request: IncomingExchange? {
    didSet {
      if oldValue != nil { listener.requestsUnderWay -= 1 }
      if request != nil { listener.requestsUnderWay += 1 }
    }
  }

  /// Since when there has been no request.
  private(set) var idleSince: MonotonicTime

  private let socket: Int32
  private var place: ConnectionLimit.Place?
  private(set) var hadRequest = false
  /// The last reply ends the connection, and its client may be sending still.
  private var lingers = false
  private var isShut = false
  private var isDismissed = false
  private var deadline: MonotonicTime = .distantFuture
  /// One timer for the connection's whole life: it is not moved with the deadline, it looks again.
  private var timer: TimerQueue.ID?

  init(
    socket: Int32, peer: Peer, surface: IncomingRequest.Surface, place: ConnectionLimit.Place, isOverLimit: Bool,
    listener: HTTPListener
  ) {
    self.socket = socket
    self.peer = peer
    self.surface = surface
    self.place = place
    self.isOverLimit = isOverLimit
    self.listener = listener
    idleSince = listener.loop.now
  }

  /// There is no request, not even the first line of one.
  var isIdle: Bool { request == nil && !isShut && !isOverLimit }

  /// Ends an idle connection, unless its client has just begun to use it.
  func dismiss() -> Bool {
    var byte: UInt8 = 0
    guard isIdle, recv(socket, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) < 0 else { return false }
    isDismissed = true
    listener.leaving[surface] += 1
    shut()
    return true
  }

  func expectHead(within timeout: Duration) { expect(within: timeout) }

  /// The request line is there. On a connection that was kept, the rest of the head has its own, shorter time; the first
  /// head's time began with the connection, and nothing extends it.
  func begin(target: String, mhd: OpaquePointer) {
    request = IncomingExchange(target: target, mhd: mhd, connection: self)
    if hadRequest { expect(within: listener.settings.headerTimeout) }
    hadRequest = true
  }

  func expectBody() { expect(within: listener.settings.bodyTimeout) }

  /// The request is whole. The pipeline keeps its deadline now; a suspended connection has none.
  func expectNothing() { deadline = .distantFuture }

  /// The answer is on its way; a client that doesn't read it must not hold the connection for ever.
  func expectReading() { expect(within: listener.settings.idleTimeout) }

  /// The answer is the last one on this connection.
  func willClose() { lingers = true }

  /// The request was answered, or given up: the next one may come.
  func completed() {
    // libmicrohttpd has refused it by itself, in the middle of what its client sends.
    if request?.isAnswered == false { lingers = true }
    request?.isGone = true
    request = nil
    idleSince = listener.loop.now
    expect(within: listener.settings.idleTimeout)
  }

  /// libmicrohttpd closes the socket right after this.
  func end() {
    request?.isGone = true
    request = nil
    disarm()
    if isDismissed { listener.leaving[surface] -= 1 }
    if lingers, !isShut, let place { listener.linger(socket, of: surface, place: place) }
    place = nil
  }

  private func expect(within timeout: Duration) {
    deadline = listener.loop.now + timeout
    guard deadline < timerTime else { return }
    disarm()
    arm()
  }

  /// When the timer looks; without one, never.
  private var timerTime: MonotonicTime = .distantFuture

  // Not `[weak self]`: a weak reference makes each count of the connection's others slower, for its whole life.
  private func arm() {
    timerTime = deadline
    timer = listener.loop.timers.schedule(at: deadline) { self.timerFired() }
  }

  private func disarm() {
    if let timer { listener.loop.timers.cancel(timer) }
    timer = nil
    timerTime = .distantFuture
  }

  private func timerFired() {
    timer = nil
    timerTime = .distantFuture
    guard deadline != .distantFuture else { return }
    if deadline > listener.loop.now { return arm() }
    shut()
    // Unless it reads no more, because a chunk's line fills all of its memory: then its own timeout must end that.
    request?.giveUp()
  }

  /// libmicrohttpd sees the end of the stream and closes the connection; the descriptor stays its own.
  private func shut() {
    shutdown(socket, Int32(SHUT_RDWR))
    isShut = true
    listener.wake()
  }
}
