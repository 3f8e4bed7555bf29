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

  private var nextComplaint = MonotonicTime(nanoseconds: 0)
  /// How many have come since there was last looked whether there is room.
  var newcomers: [IncomingRequest.Surface: Int] = [:]
  /// The admin listener's have places of their own, so that a crowd of callers doesn't make the process look dead.
  package let admins: ConnectionLimit
  /// nil once this is closed.
  private var plain: HTTPDaemon?
  /// nil while nothing is listened on with TLS, which then costs nothing.
  private var secure: HTTPDaemon?
  private let mostConnections: Int
  private(set) var isClosing = false
  private var acceptors: [Acceptor] = []
  private(set) var connections: [ObjectIdentifier: CallerConnection] = [:]
  /// The connection that is being handed to libmicrohttpd at this moment.
  private var arriving: CallerConnection?
  private(set) var lingering: [ObjectIdentifier: LingeringSocket] = [:]

  /// - Parameters:
  ///   - limit: of callers' connections, shared by all workers.
  ///   - admins: connections to the admin listener that are served.
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
    mostConnections = limit.most + limit.overflow + 2 * admins + ConnectionLimit.mostLeaving * 2
    UnreadRequest.tellOfRefusals()
    plain = try HTTPDaemon(of: self, connections: mostConnections)
    loop.add(self)
    try limit.open(worker, on: loop) { [unowned self] connection in adopt(connection) }
  }

  /// Accepts from a socket from now on.
  ///
  /// - Parameter tls: nil = in the clear.
  package func listen(
    on socket: ListeningSocket, as surface: IncomingRequest.Surface, tls: TLSEndpoint? = nil
  ) throws(SystemError) {
    if tls != nil { _ = try secured() }
    let acceptor = Acceptor(socket: socket, surface: surface, tls: tls, listener: self)
    try acceptor.start()
    acceptors.append(acceptor)
  }

  /// libmicrohttpd's for connections with TLS, made for the first listener of these.
  private func secured() throws(SystemError) -> HTTPDaemon {
    if let secure { return secure }
    Handshakes.tell()
    let made = try HTTPDaemon(of: self, connections: mostConnections, tlsPriorities: TLSConnection.priorities)
    secure = made
    return made
  }

  /// Accepts no caller any more; what is open goes on, and so does the admin listener: someone may ask how it goes.
  package func stopAccepting() {
    limit.close(worker)
    stopAccepting { $0.surface == .callers }
  }

  private func stopAccepting(_ isMeant: (Acceptor) -> Bool) {
    for acceptor in acceptors where isMeant(acceptor) { acceptor.stop() }
    acceptors.removeAll(where: isMeant)
    // What has arrived on a kept connection by now is read, and counts as under way.
    plain?.wake()
    secure?.wake()
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
    guard let plain else { return }
    isClosing = true
    // Whatever arrives in the last turn is closed, not handed on.
    receiver = nil
    // MHD_stop_daemon must not meet a suspended connection.
    for connection in connections.values {
      connection.request?.abandon()
      connection.handshakeMayGoOn()
    }
    plain.stop()
    secure?.stop()
    self.plain = nil
    secure = nil
    for socket in lingering.values { socket.end() }
  }

  /// No request is under way, not even one whose answer is still being written.
  package var isIdle: Bool { requestsUnderWay == 0 }

  // MARK: Connections

  /// Keeps a fresh connection, or hands it to a worker that has fewer.
  func accepted(
    _ socket: Int32, address: sockaddr_storage, length: socklen_t, peer: Peer, surface: IncomingRequest.Surface,
    tls: TLSEndpoint?, mayHandOn: Bool
  ) {
    func connection(_ place: ConnectionLimit.Place) -> AcceptedConnection {
      AcceptedConnection(
        socket: socket, address: address, addressLength: length, peer: peer, surface: surface, place: place,
        tls: tls)
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
    // Another worker may hand one on before this one listens.
    guard plain != nil, let daemon = connection.tls == nil ? plain : try? secured() else {
      CLinux.close(connection.socket)
      return
    }
    newcomers[connection.surface, default: 0] += 1
    arriving = CallerConnection(connection, daemon: daemon, listener: self)
    daemon.add(connection)
    arriving = nil
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
  func started(_ mhd: OpaquePointer) -> UnsafeMutableRawPointer? {
    guard let connection = arriving else { return nil }
    arriving = nil
    connection.tls?.start(mhd, on: connection.socket)
    connections[ObjectIdentifier(connection)] = connection
    connection.expectHead(within: settings.headerTimeout)
    return Unmanaged.passRetained(connection).toOpaque()
  }

  func ended(_ context: UnsafeMutableRawPointer) {
    let connection = Unmanaged<CallerConnection>.fromOpaque(context).takeRetainedValue()
    connection.end()
    connections[ObjectIdentifier(connection)] = nil
  }
}

extension HTTPListener: BeforeSleepHook {
  package var wakeTime: MonotonicTime { min(plain?.nextRun ?? .distantFuture, secure?.nextRun ?? .distantFuture) }

  package func beforeSleep() {
    let hasRun = plain?.runIfDue() ?? false
    let hasRunSecure = secure?.runIfDue() ?? false
    if hasRun || hasRunSecure { makeRoom() }
  }
}
