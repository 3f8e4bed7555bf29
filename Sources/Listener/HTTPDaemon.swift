internal import CLinux
internal import CMicrohttpd
internal import EventLoop

/// One libmicrohttpd daemon that accepts nothing by itself, with its epoll set inside a worker's own. Connections in the clear are one
/// daemon's, those with TLS another's: libmicrohttpd knows of no other difference.
///
/// Belongs to one worker's thread.
final class HTTPDaemon {
  /// Bytes that libmicrohttpd may use for one connection: the largest head, and beside it the largest head of a reply.
  /// It clears them after each request, so that each connection has all of them resident. A head beyond them gets
  /// libmicrohttpd's own 431.
  private static let memoryPerConnection = 11 * 1024 + 512
  /// Turns in which libmicrohttpd wants another one although nothing happens: then it is made to wait.
  private static let patience = 32
  private static let pause: Duration = .milliseconds(10)

  /// When `MHD_run` is to be called next.
  private(set) var nextRun: MonotonicTime = .distantFuture
  /// How often libmicrohttpd was run.
  private(set) var runs = 0
  /// How many turns libmicrohttpd has asked for since it last got anywhere.
  private var idleRuns = 0
  private let handle: OpaquePointer
  private let epoll: Int32
  private let loop: EventLoop

  /// - Parameters:
  ///   - listener: unretained; `stop` ends all callbacks.
  ///   - tlsPriorities: GnuTLS's, where connections have TLS.
  init(of listener: HTTPListener, connections: Int, tlsPriorities: String? = nil) throws(SystemError) {
    loop = listener.loop
    let me = Unmanaged.passUnretained(listener).toOpaque()
    let limit = UInt32(clamping: connections)
    let handle =
      if let tlsPriorities {
        Self.start(me, limit, tlsPriorities)
      } else {
        Self.start(me, limit, nil)
      }
    guard let handle else { throw .last("MHD_start_daemon") }
    self.handle = handle
    epoll = convene_epoll_descriptor(handle)
    try loop.watch(epoll, for: .readable, handler: self)
  }

  private static func start(
    _ listener: UnsafeMutableRawPointer, _ connections: UInt32, _ tlsPriorities: UnsafePointer<CChar>?
  ) -> OpaquePointer? {
    convene_start_daemon(
      listener, requestArrived, connectionChanged, requestCompleted, targetRead,
      { _, _, text in text.map { strlen($0) } ?? 0 }, memoryPerConnection, connections, tlsPriorities)
  }

  /// libmicrohttpd owns the socket from now on. Where it fails it closes it by itself, and has told of the end if it had told of the
  /// start.
  func add(_ connection: AcceptedConnection) {
    withUnsafePointer(to: connection.address) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        _ = MHD_add_connection(handle, connection.socket, address, connection.addressLength)
      }
    }
    wake()
  }

  /// There is work for `MHD_run`.
  func wake() {
    nextRun = loop.now
    idleRuns = 0
  }

  /// libmicrohttpd has got somewhere.
  func progressed() { idleRuns = 0 }

  /// Runs it where it is time.
  ///
  /// - Returns: whether it was.
  func runIfDue() -> Bool {
    guard nextRun <= loop.now else { return false }
    nextRun = .distantFuture
    // After each answer libmicrohttpd wants one run more: it gets that one in the same turn of the loop. Whoever wants them
    // without end waits for the loop, and the others' events, between them.
    if run(), idleRuns > 1 || run() {
      nextRun = min(nextRun, idleRuns <= Self.patience ? loop.now : loop.now + Self.pause)
    }
    return true
  }

  /// - Returns: libmicrohttpd has read more than it has handled, and no event will tell of that. It says so, too, of a client
  ///   that fills its buffer with one endless chunk extension, for as long as that client likes.
  private func run() -> Bool {
    runs += 1
    MHD_run(handle)
    var timeout: CUnsignedLongLong = 0
    guard MHD_get_timeout(handle, &timeout) == .YES, timeout == 0 else { return false }
    idleRuns += 1
    return true
  }

  /// Closes every connection; none may be suspended.
  func stop() {
    MHD_run(handle)
    loop.unwatch(epoll)
    MHD_stop_daemon(handle)
  }
}

extension HTTPDaemon: ReadinessHandling {
  func ready(_ descriptor: Int32, _ readiness: Readiness) { wake() }
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
  guard let listener = listener(cls), let mhd, let context else { return }
  if event == .CONNECTION_NOTIFY_STARTED {
    context.pointee = listener.started(mhd)
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
  guard let mhd, let target, let context = convene_socket_context(mhd), let connection = connection(context) else {
    return nil
  }
  connection.daemon.progressed()
  connection.begin(target: String(cString: target), mhd: mhd)
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
  connection.daemon.progressed()
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
