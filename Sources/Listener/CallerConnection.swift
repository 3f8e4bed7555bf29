internal import CLinux
internal import Conference
internal import EventLoop
internal import Gateway

/// One connection from a caller, with the absolute deadline of what it is doing.
final class CallerConnection {
  /// With TLS, also by whose certificate, once it has shown one.
  private(set) var peer: Peer
  let surface: IncomingRequest.Surface
  /// Keeps this, as the timer does, until libmicrohttpd tells of its end: then both let go.
  let listener: HTTPListener
  /// libmicrohttpd's that has it.
  let daemon: HTTPDaemon
  /// nil = in the clear.
  let tls: TLSConnection?
  /// The request that is being read or answered.
  private(set) var request: IncomingExchange? {
    didSet {
      if oldValue != nil { listener.requestsUnderWay -= 1 }
      if request != nil { listener.requestsUnderWay += 1 }
    }
  }

  /// Since when it may have been used: since it was accepted, or since the last request of a known caller. A stranger's
  /// requests don't count.
  private(set) var since: MonotonicTime
  /// A known caller has sent a request on it.
  private(set) var isKnown = false

  /// Where libmicrohttpd's memory for it begins, once a head has come.
  private var memory: UInt?
  let socket: Int32
  private var place: ConnectionLimit.Place?
  private var hadRequest = false
  /// The last reply ends the connection, and its client may be sending still.
  private var lingers = false
  /// From here: a deadline has passed, or another needs its place.
  private(set) var isShut = false
  /// The last run of libmicrohttpd before which something was to be read of it and it was not dismissed for that, and how often
  /// that may still be.
  private var spared = (run: -1, left: CallerConnection.runsForHead)
  private var deadline: MonotonicTime = .distantFuture
  /// One timer for the connection's whole life: it is not moved with the deadline, it looks again.
  private var timer: TimerQueue.ID?

  init(_ connection: AcceptedConnection, daemon: HTTPDaemon, listener: HTTPListener) {
    socket = connection.socket
    peer = connection.peer
    surface = connection.surface
    place = connection.place
    tls = connection.tls.map(TLSConnection.init)
    self.daemon = daemon
    self.listener = listener
    since = listener.loop.now
  }

  /// No known caller's request is under way on it, none of a stranger's is being refused, and it has not come in this turn.
  var mayBeDismissed: Bool {
    !isShut && since < listener.loop.now && request?.isOfKnownCaller != true && request?.isWaiting != true
  }

  /// What its client has sent that nobody has read yet.
  private enum Unread {
    case nothing, something
    /// Nothing, and nothing will come: it has left.
    case end
  }

  private var unread: Unread {
    var byte: UInt8 = 0
    let count = recv(socket, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    if count == 0 { return .end }
    return count < 0 && convene_errno() == EAGAIN ? .nothing : .something
  }

  /// Ends it to make room for another, unless a part of its head has just come, or its answer is about to be written. What comes
  /// behind a stranger's head is for later. Where its client has left its place is free, though libmicrohttpd has not seen that yet.
  func dismiss() -> Bool {
    guard mayBeDismissed else { return false }
    let unread = unread
    if request?.isAnswered == true, isWritable { return false }
    if request?.hasHead != true, unread == .something, isSpared() { return false }
    place?.isLeaving = true
    if unread != .end { listener.receiver?.dismissed(peer, on: surface) }
    shut()
    return true
  }

  /// Its client has read what was sent, or nearly.
  private var isWritable: Bool {
    var question = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
    return poll(&question, 1, 0) == 1 && question.revents & Int16(POLLOUT) != 0
  }

  /// Runs in which libmicrohttpd has read the largest head that is there: the last of it a hundred bytes a run. A head of which
  /// there is still something to read only drips.
  private static let runsForHead = 32

  /// Something of its head is to be read: it is kept until it was.
  private func isSpared() -> Bool {
    if spared.run != daemon.runs { spared = (daemon.runs, spared.left - 1) }
    return spared.left >= 0
  }

  /// Ends it where its request has come in part.
  func abandon() {
    guard let request, !request.isWaiting, !request.isAnswered, !isShut else { return }
    shut()
  }

  /// The request that is under way is a known caller's.
  func isNowKnown() { isKnown = true }

  func expectHead(within timeout: Duration) { expect(within: timeout) }

  /// The request line is there. On a connection that was kept, the rest of the head has its own, shorter time; the first
  /// head's time began with the connection, and nothing extends it.
  func begin(target: String, mhd: OpaquePointer) {
    request = IncomingExchange(target: target, mhd: mhd, connection: self)
    if hadRequest { expect(within: listener.settings.headerTimeout) }
    hadRequest = true
  }

  /// How many bytes libmicrohttpd has skipped before a head: each head begins where its memory does. malloc gives that a multiple
  /// of 16, so for the first head 16 bytes and more are seen only in part.
  func skipped(before head: UnsafePointer<CChar>) -> UInt {
    let address = UInt(bitPattern: head)
    let memory = memory ?? address & ~15
    self.memory = memory
    return address &- memory
  }

  func expectBody() { expect(within: listener.settings.bodyTimeout) }

  /// The request is whole. The pipeline keeps its deadline now; a suspended connection has none.
  func expectNothing() { deadline = .distantFuture }

  /// The answer is on its way; a client that doesn't read it must not hold the connection for ever.
  func expectReading() { expect(within: listener.settings.idleTimeout) }

  /// Where its request is nobody's who is known, that is the last one on it: it makes room when it has heard its answer.
  func leaveIfRefused() {
    if let request, request.isWaiting, !request.isOfKnownCaller { place?.isLeaving = true }
  }

  /// It is to make room, or has to now that it was refused.
  var isOneTooMany: Bool { place?.isLeaving == true || listener.limit(of: surface).isExceeded }

  /// The answer is the last one on this connection.
  func willClose() { lingers = true }

  /// libmicrohttpd can't read what has come, and closes the connection; its client may be sending still.
  func refuseUnread(_ refusal: Refusal) {
    lingers = true
    guard let reply = listener.receiver?.refuseUnread(refusal, from: peer, on: surface) else { return }
    _ = send(ReplyText.of(reply))
    tls?.sayGoodbye()
    shutdown(socket, Int32(SHUT_WR))
  }

  /// The same before there is TLS, although there should be.
  func refusePlain(_ refusal: Refusal) {
    lingers = true
    guard let reply = listener.receiver?.refuseUnread(refusal, from: peer, on: surface) else { return }
    _ = sendPlain(ReplyText.of(reply))
    shutdown(socket, Int32(SHUT_WR))
  }

  /// Its client has shown whose it is.
  func isNow(_ certificate: ClientCertificate) {
    if case .tcp(let address) = peer { peer = .tls(address, certificate) }
  }

  /// Sends by itself what libmicrohttpd would take no answer for; nothing else may be on its way.
  ///
  /// - Returns: false where the kernel has no room for all of it, since its client leaves earlier answers unread.
  func send(_ bytes: [UInt8]) -> Bool { tls?.send(bytes) ?? sendPlain(bytes) }

  private func sendPlain(_ bytes: [UInt8]) -> Bool {
    CLinux.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) == bytes.count
  }

  /// The request was answered, or given up: the next one may come.
  func completed() {
    // libmicrohttpd has refused it by itself, in the middle of what its client sends.
    if request?.isAnswered == false { lingers = true }
    request?.isGone = true
    request = nil
    if isKnown || surface == .admin { since = listener.loop.now }
    spared.left = Self.runsForHead
    expect(within: listener.settings.idleTimeout)
  }

  /// libmicrohttpd closes the socket right after this.
  func end() {
    // A first line without a space: libmicrohttpd closes without a word, and can't be kept from it. With TLS it is the same where
    // a client has said goodbye, and nothing shows here which it was.
    if tls == nil, !hadRequest, !lingers, !isShut, unread == .nothing {
      _ = listener.receiver?.refuseUnread(UnreadRequest.malformed, from: peer, on: surface)
    }
    tls?.end()
    request?.isGone = true
    request = nil
    disarm()
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
    daemon.wake()
  }
}
