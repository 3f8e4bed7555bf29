internal import CCurl
internal import EventLoop

/// Which sockets libcurl wants watched, and which of them epoll watches: not always the same, to save system calls.
///
/// libcurl asks to watch and to forget a socket once a request. Here a socket is registered when it is first wanted and
/// stays so until it is closed. What is no longer wanted but becomes ready all the same is dropped only then: an idle
/// connection that becomes readable was closed by Telnyx, and libcurl will see that when it picks it up again.
///
/// That is so only for connections, whose closing libcurl announces. On another socket, the one on which its resolver's
/// thread says that a name was looked up, it closes without a word: that one is unregistered when it is no longer wanted.
final class SocketTable: ReadinessHandling {
  private struct Entry {
    var wanted = Readiness.nothing
    var watched = Readiness.nothing
    /// `forget` will tell of its closing.
    var isConnection = false
  }

  /// Until it is closed. Not weak: a weak reference makes each count of the owner's others slower.
  var owner: CurlUpstream?

  private let loop: EventLoop
  /// By descriptor.
  private var entries: [Entry?] = []

  init(loop: EventLoop) { self.loop = loop }

  /// libcurl has a new connection's socket.
  func opened(_ socket: Int32) {
    forget(socket)
    self[socket] = Entry(isConnection: true)
  }

  func want(_ what: Int32, on socket: Int32) {
    var entry = self[socket] ?? Entry()
    entry.wanted =
      switch what {
      case CURL_POLL_IN: .readable
      case CURL_POLL_OUT: .writable
      case CURL_POLL_INOUT: .anyDirection
      default: .nothing
      }
    guard entry.isConnection || !entry.wanted.isNothing else { return forget(socket) }
    if !entry.watched.includes(entry.wanted) { watch(socket, &entry) }
    self[socket] = entry
  }

  func ready(_ socket: Int32, _ readiness: Readiness) {
    guard var entry = self[socket] else { return loop.unwatch(socket) }
    if entry.wanted.isNothing {
      loop.unwatch(socket)
      entry.watched = .nothing
      self[socket] = entry
      owner?.keptConnectionEnded()
      return
    }
    // Ready for what is no longer wanted: told of each time, that would keep the loop from sleeping.
    if !entry.wanted.includes(readiness.directions) {
      watch(socket, &entry)
      self[socket] = entry
    }
    var mask: Int32 = 0
    if readiness.includes(.readable) { mask |= CURL_CSELECT_IN }
    if readiness.includes(.writable) { mask |= CURL_CSELECT_OUT }
    if readiness.hasEnded { mask |= CURL_CSELECT_ERR }
    owner?.act(on: socket, mask)
  }

  /// libcurl is about to close the socket.
  func forget(_ socket: Int32) {
    if self[socket]?.watched.isNothing == false { loop.unwatch(socket) }
    self[socket] = nil
  }

  private subscript(socket: Int32) -> Entry? {
    get { Int(socket) < entries.count ? entries[Int(socket)] : nil }
    set {
      if Int(socket) >= entries.count {
        guard newValue != nil else { return }
        entries.append(contentsOf: repeatElement(nil, count: Int(socket) + 64 - entries.count))
      }
      entries[Int(socket)] = newValue
    }
  }

  private func watch(_ socket: Int32, _ entry: inout Entry) {
    do throws(SystemError) {
      try loop.watch(socket, for: entry.wanted, handler: self)
      entry.watched = entry.wanted
    } catch {
      // Out of memory or of epoll watches: the attempt runs into its deadline, which libcurl keeps by its timer.
      entry.watched = .nothing
    }
  }
}
