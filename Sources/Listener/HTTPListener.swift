internal import CLinux
internal import CMicrohttpd
package import EventLoop
package import Gateway

/// One worker's HTTP server: libmicrohttpd with its epoll set inside the worker's own.
///
/// Who does what:
/// - Connections are accepted here and handed to libmicrohttpd (`MHD_add_connection`), so that who is at the other end, how
///   many there are and what happens without descriptors is decided here.
/// - libmicrohttpd parses and writes, and does so only inside `MHD_run`, which is called once a turn, before the loop
///   sleeps: its own epoll set doesn't tell of connections that were resumed.
/// - While the pipeline works on a request its connection is suspended. A suspended connection never times out and never
///   sees its client leave; the pipeline answers every request, so none stays so.
/// - libmicrohttpd's own timeout restarts with every byte. The deadlines here are absolute: at the deadline the socket is
///   shut down, and libmicrohttpd cleans up.
///
/// Belongs to one worker's thread.
package final class HTTPListener {
  /// Bytes that libmicrohttpd may use for one connection: the largest head, and beside it the largest head of a reply.
  /// It clears them after each request, so that each connection has all of them resident. A head beyond them gets
  /// libmicrohttpd's own 431.
  private static let memoryPerConnection = 11 * 1024 + 512
  /// Turns in which libmicrohttpd wants another one although nothing happens: then it is made to wait.
  private static let patience = 32
  private static let pause: Duration = .milliseconds(10)
  private static let complaintInterval: Duration = .seconds(60)

  package weak var receiver: (any RequestReceiving)?
  /// Told, once a minute at most, why no connection can be accepted.
  package var onShortage: ((SystemError) -> Void)?

  let settings: ServerSettings
  let loop: EventLoop
  let limit: ConnectionLimit
  let bodies: BodyBudget
  /// This worker's number.
  let worker: Int
  /// Requests that are being read, judged or answered.
  var requestsUnderWay = 0

  /// When `MHD_run` is to be called next.
  private var nextRun: MonotonicTime = .distantFuture
  private var nextComplaint = MonotonicTime(nanoseconds: 0)
  /// How many have come since there was last looked whether there is room.
  var newcomers: [IncomingRequest.Surface: Int] = [:]
  /// How often libmicrohttpd was run.
  private(set) var runs = 0
  /// How many turns libmicrohttpd has asked for since it last got anywhere.
  private var idleRuns = 0
  /// The admin door's have places of their own, so that a crowd of callers doesn't make the process look dead.
  package let admins: ConnectionLimit
  private var daemon: OpaquePointer?
  private var epoll: Int32 = -1
  private var acceptors: [Acceptor] = []
  private(set) var connections: [ObjectIdentifier: CallerConnection] = [:]
  /// The connection that is being handed to libmicrohttpd at this moment.
  private var arriving: CallerConnection?
  private(set) var lingering: [ObjectIdentifier: LingeringSocket] = [:]

  /// - Parameters:
  ///   - limit: of callers' connections, shared by all workers.
  ///   - admins: connections to the admin door that are served.
  ///   - bodies: shared by all workers.
  ///   - worker: which of them this is.
  package init(
    settings: ServerSettings, limit: ConnectionLimit, admins: Int, bodies: BodyBudget, worker: Int = 0, loop: EventLoop
  ) throws(SystemError) {
    self.settings = settings
    self.limit = limit
    self.bodies = bodies
    self.worker = worker
    self.loop = loop
    self.admins = try ConnectionLimit(most: admins, overflow: max(1, admins / 4))
    UnreadRequest.tellOfRefusals()
    // Unretained: `close` ends all callbacks before this object can go.
    let me = Unmanaged.passUnretained(self).toOpaque()
    daemon = convene_start_daemon(
      me, requestArrived, connectionChanged, requestCompleted, targetRead,
      { _, _, text in text.map { strlen($0) } ?? 0 },
      Self.memoryPerConnection,
      UInt32(clamping: limit.most + limit.overflow + 2 * admins + ConnectionLimit.mostLeaving * 2))
    guard let daemon else { throw .last("MHD_start_daemon") }
    epoll = convene_epoll_descriptor(daemon)
    try loop.watch(epoll, for: .readable, handler: self)
    loop.add(self)
    try limit.open(worker, on: loop) { [unowned self] connection in adopt(connection) }
  }

  /// Accepts from a socket from now on.
  package func listen(on socket: ListeningSocket, as surface: IncomingRequest.Surface) throws(SystemError) {
    let acceptor = Acceptor(socket: socket, surface: surface, listener: self)
    try acceptor.start()
    acceptors.append(acceptor)
  }

  /// Accepts no caller any more; what is open goes on, and so does the admin door: someone may ask how it goes.
  package func stopAccepting() {
    limit.close(worker)
    stopAccepting { $0.surface == .callers }
  }

  private func stopAccepting(_ isMeant: (Acceptor) -> Bool) {
    for acceptor in acceptors where isMeant(acceptor) { acceptor.stop() }
    acceptors.removeAll(where: isMeant)
    // What has arrived on a kept connection by now is read, and counts as under way.
    wake()
  }

  /// The time for what is under way is over: ends the connections whose request has come in part. Nobody has decided
  /// anything about those.
  package func abandon() {
    for connection in connections.values { connection.abandon() }
  }

  /// Closes every connection, also those whose request was not answered.
  package func close() {
    stopAccepting()
    stopAccepting { _ in true }
    limit.detach(worker, from: loop)
    guard let daemon else { return }
    // Whatever arrives in the last turn is closed, not handed on.
    receiver = nil
    // MHD_stop_daemon must not meet a suspended connection.
    for connection in connections.values { connection.request?.abandon() }
    MHD_run(daemon)
    loop.unwatch(epoll)
    MHD_stop_daemon(daemon)
    self.daemon = nil
    for socket in lingering.values { socket.end() }
  }

  /// No request is under way, not even one whose answer is still being written.
  package var isIdle: Bool { requestsUnderWay == 0 }

  /// There is work for `MHD_run`.
  func wake() {
    nextRun = loop.now
    idleRuns = 0
  }

  /// libmicrohttpd has got somewhere.
  func progressed() { idleRuns = 0 }

  // MARK: Connections

  /// Keeps a fresh connection, or hands it to a worker that has fewer.
  func accepted(
    _ socket: Int32, address: sockaddr_storage, length: socklen_t, peer: Peer, surface: IncomingRequest.Surface,
    mayHandOn: Bool
  ) {
    func connection(_ place: ConnectionLimit.Place) -> AcceptedConnection {
      AcceptedConnection(
        socket: socket, address: address, addressLength: length, peer: peer, surface: surface, place: place)
    }
    switch surface {
    case .admin: adopt(connection(admins.enter()))
    case .callers:
      let next = mayHandOn ? limit.next(after: worker) : worker
      let connection = connection(limit.enter(next))
      if next == worker { adopt(connection) } else { limit.hand(connection, to: next) }
    }
  }

  /// Takes over a fresh connection.
  private func adopt(_ connection: AcceptedConnection) {
    guard let daemon else {
      CLinux.close(connection.socket)
      return
    }
    newcomers[connection.surface, default: 0] += 1
    arriving = CallerConnection(
      socket: connection.socket, peer: connection.peer, surface: connection.surface, place: connection.place,
      listener: self)
    withUnsafePointer(to: connection.address) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        // Where it fails it closes the socket by itself, and has told of the end if it had told of the start.
        _ = MHD_add_connection(daemon, connection.socket, address, connection.addressLength)
      }
    }
    arriving = nil
    wake()
  }

  func limit(of surface: IncomingRequest.Surface) -> ConnectionLimit { surface == .admin ? admins : limit }

  /// There is no descriptor left for a connection, or no memory.
  func isShort(of error: Int32, surface: IncomingRequest.Surface) {
    dismissSome(of: surface)
    guard loop.now >= nextComplaint else { return }
    nextComplaint = loop.now + Self.complaintInterval
    onShortage?(SystemError("accept", code: error))
  }

  /// Keeps a socket that libmicrohttpd is about to close, for a client that may be sending still.
  func linger(_ socket: Int32, of surface: IncomingRequest.Surface, place: ConnectionLimit.Place) {
    let duplicate = dup(socket)
    guard duplicate >= 0 else { return }
    place.isLeaving = false
    do throws(SystemError) {
      let socket = try LingeringSocket(
        duplicate, surface: surface, place: place, listener: self, timeout: settings.bodyTimeout)
      lingering[ObjectIdentifier(socket)] = socket
    } catch {
      // Nothing to watch it with: it was closed, and its client perhaps gets a reset.
    }
  }

  func lingered(_ socket: LingeringSocket) { lingering[ObjectIdentifier(socket)] = nil }

  /// libmicrohttpd has a new connection: it keeps the object, by the one retain that `ended` takes back.
  fileprivate func started() -> UnsafeMutableRawPointer? {
    guard let connection = arriving else { return nil }
    arriving = nil
    connections[ObjectIdentifier(connection)] = connection
    connection.expectHead(within: settings.headerTimeout)
    return Unmanaged.passRetained(connection).toOpaque()
  }

  fileprivate func ended(_ context: UnsafeMutableRawPointer) {
    let connection = Unmanaged<CallerConnection>.fromOpaque(context).takeRetainedValue()
    connection.end()
    connections[ObjectIdentifier(connection)] = nil
  }
}

extension HTTPListener: ReadinessHandling {
  package func ready(_ descriptor: Int32, _ readiness: Readiness) { wake() }
}

extension HTTPListener: BeforeSleepHook {
  package var wakeTime: MonotonicTime { nextRun }

  package func beforeSleep() {
    guard nextRun <= loop.now, let daemon else { return }
    nextRun = .distantFuture
    // After each answer libmicrohttpd wants one run more: it gets that one in the same turn of the loop. Whoever wants them
    // without end waits for the loop, and the others' events, between them.
    let wantsMore = run(daemon) && (idleRuns > 1 || run(daemon))
    makeRoom()
    guard wantsMore else { return }
    nextRun = min(nextRun, idleRuns <= Self.patience ? loop.now : loop.now + Self.pause)
  }

  /// - Returns: libmicrohttpd has read more than it has handled, and no event will tell of that. It says so, too, of a client
  ///   that fills its buffer with one endless chunk extension, for as long as that client likes.
  private func run(_ daemon: OpaquePointer) -> Bool {
    runs += 1
    MHD_run(daemon)
    var timeout: CUnsignedLongLong = 0
    guard MHD_get_timeout(daemon, &timeout) == .YES, timeout == 0 else { return false }
    idleRuns += 1
    return true
  }
}

// MARK: - Trampolines, one a callback

private func listener(_ cls: UnsafeMutableRawPointer?) -> HTTPListener? {
  cls.map { Unmanaged<HTTPListener>.fromOpaque($0).takeUnretainedValue() }
}

private func connection(_ context: UnsafeMutableRawPointer?) -> CallerConnection? {
  context.map { Unmanaged<CallerConnection>.fromOpaque($0).takeUnretainedValue() }
}

private func connectionChanged(
  _ cls: UnsafeMutableRawPointer?, _ mhd: OpaquePointer?, _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ event: MHD_ConnectionNotificationCode
) {
  guard let listener = listener(cls), let context else { return }
  if event == .CONNECTION_NOTIFY_STARTED {
    context.pointee = listener.started()
  } else if let pointer = context.pointee {
    context.pointee = nil
    listener.ended(pointer)
  }
}

/// The request line was read. The target comes here before anything is unescaped; what is returned becomes the request's
/// context: its connection, which outlives it.
private func targetRead(_ cls: UnsafeMutableRawPointer?, _ target: UnsafePointer<CChar>?, _ mhd: OpaquePointer?)
  -> UnsafeMutableRawPointer?
{
  guard let mhd, let target, let context = convene_socket_context(mhd) else { return nil }
  listener(cls)?.progressed()
  connection(context)?.begin(target: String(cString: target), mhd: mhd)
  hideArguments(of: target)
  return context
}

/// Ends the query at its first byte, in libmicrohttpd's buffer: nobody here asks for its arguments, and where there are too
/// many of them libmicrohttpd before 0.9.77 refuses the request and then goes on to read it.
private func hideArguments(of target: UnsafePointer<CChar>) {
  guard convene_microhttpd_is_strict() == 0, let mark = strchr(target, Int32(UInt8(ascii: "?"))) else { return }
  if mark[1] != 0 { mark[1] = 0 }
}

private func requestArrived(
  _ cls: UnsafeMutableRawPointer?, _ mhd: OpaquePointer?, _ url: UnsafePointer<CChar>?, _ method: UnsafePointer<CChar>?,
  _ version: UnsafePointer<CChar>?, _ data: UnsafePointer<CChar>?, _ size: UnsafeMutablePointer<Int>?,
  _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let mhd, let connection = connection(context?.pointee), let request = connection.request, let method, let url,
    let version, let size
  else { return .NO }
  listener(cls)?.progressed()
  let piece = UnsafeRawBufferPointer(start: data, count: size.pointee)
  size.pointee = 0
  let line = {
    RequestLine(
      mhd, method: method, url: url, target: request.target, version: version,
      skipped: connection.skipped(before: method))
  }
  let goesOn = request.handle(line, piece: piece)
  // What is left is brought again once the connection is resumed.
  if request.leavesPiece { size.pointee = piece.count }
  return goesOn ? .YES : .NO
}

private func requestCompleted(
  _ cls: UnsafeMutableRawPointer?, _ mhd: OpaquePointer?, _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ reason: MHD_RequestTerminationCode
) {
  connection(context?.pointee)?.completed()
  context?.pointee = nil
}
