internal import CCurl
package import EventLoop
package import Gateway

/// Telnyx over libcurl's multi interface, driven by the worker's own epoll loop ("multi_socket").
///
/// Who does what:
/// - libcurl tells through two callbacks which sockets it wants watched and when it wants its timer; it does its work only
///   inside `curl_multi_socket_action`, which is called when a socket is ready or the timer is due, always from
///   `beforeSleep` or `ready`, never from one of its callbacks.
/// - libcurl's timer is relative to the moment of the callback, so it is kept here as one absolute deadline.
/// - A socket is registered with epoll when it is first wanted and stays registered while its connection idles in
///   libcurl's pool: see `SocketTable`.
///
/// Belongs to one worker's thread.
package final class CurlUpstream: UpstreamSending {
  package weak var receiver: (any AttemptReceiving)?

  let loop: EventLoop
  let multi: OpaquePointer
  let sockets: SocketTable
  private let settings: CurlSettings
  private let tokens: TokenStore
  private var active: [ExchangeID: Transfer] = [:]
  private var idle: [Transfer] = []
  private var cancelled: [ExchangeID] = []
  private var timer: MonotonicTime = .distantFuture

  /// - Parameters:
  ///   - connections: how many this worker may have open; further attempts wait for one.
  ///   - tokens: by the index that an attempt names.
  package init(
    settings: UpstreamSettings, connections: Int, tokens: TokenStore, userAgent: String, loop: EventLoop
  ) throws(CurlError) {
    guard Curl.isReady, let multi = curl_multi_init() else { throw CurlError(code: Int(CURLE_FAILED_INIT.rawValue)) }
    self.multi = OpaquePointer(multi)
    self.loop = loop
    self.settings = CurlSettings(settings, userAgent: userAgent)
    self.tokens = tokens
    sockets = SocketTable(loop: loop)
    let me = Unmanaged.passUnretained(self).toOpaque()
    // Unretained: `close` ends all callbacks before this object can go.
    convene_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, me)
    convene_multi_set_socket(multi, socketWanted)
    convene_multi_set_pointer(multi, CURLMOPT_TIMERDATA, me)
    convene_multi_set_timer(multi, timerWanted)
    convene_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections)
    convene_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connections)
    sockets.owner = self
    loop.add(self)
  }

  /// Ends everything at once; no outcome is told any more. Call it once, when no attempt is wanted.
  package func close() {
    for transfer in active.values { curl_multi_remove_handle(multiHandle, transfer.easy) }
    active = [:]
    idle = []
    curl_multi_cleanup(multiHandle)
  }

  package func send(_ attempt: UpstreamAttempt, for exchange: ExchangeID) {
    let transfer = idle.popLast() ?? Transfer(settings: settings, upstream: self)
    active[exchange] = transfer
    transfer.prepare(attempt, exchange: exchange, token: tokens.token(at: attempt.token))
    // Starts nothing yet: libcurl asks for its timer, which is due at once.
    curl_multi_add_handle(multiHandle, transfer.easy)
  }

  package func cancel(_ exchange: ExchangeID) { cancelled.append(exchange) }

  var multiHandle: UnsafeMutableRawPointer { UnsafeMutableRawPointer(multi) }

  func act(on socket: Int32, _ mask: Int32) {
    var running: Int32 = 0
    curl_multi_socket_action(multiHandle, socket, mask, &running)
  }

  func setTimer(milliseconds: Int) {
    timer = milliseconds < 0 ? .distantFuture : loop.now + .milliseconds(milliseconds)
  }

  private func finish(_ transfer: Transfer, with outcome: AttemptOutcome) {
    curl_multi_remove_handle(multiHandle, transfer.easy)
    guard let exchange = transfer.exchange else { return }
    active[exchange] = nil
    transfer.clear()
    if idle.count < 64 { idle.append(transfer) }
    receiver?.attemptEnded(outcome, of: exchange)
  }

  private func finishCompleted() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multiHandle, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let transfer = Transfer.of(message.pointee.easy_handle) else {
        continue
      }
      finish(transfer, with: transfer.outcome(message.pointee.data.result))
    }
  }

  private func finishCancelled() {
    let exchanges = cancelled
    cancelled = []
    for exchange in exchanges {
      guard let transfer = active[exchange] else { continue }
      finish(transfer, with: transfer.failure(TransportFailure(name: "stopped", detail: "the gateway is stopping")))
    }
  }
}

extension CurlUpstream: BeforeSleepHook {
  package var wakeTime: MonotonicTime { timer }

  package func beforeSleep() {
    // An outcome may start the next attempt, which wants its turn before the loop sleeps. Bounded, so that one turn can't
    // last for ever: what is left over wakes the loop at once.
    for _ in 0..<16 {
      finishCancelled()
      if timer <= MonotonicTime.now {
        timer = .distantFuture
        act(on: CURL_SOCKET_TIMEOUT, 0)
      }
      finishCompleted()
      guard timer <= loop.now || !cancelled.isEmpty else { return }
    }
  }
}

private func socketWanted(
  _ easy: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _ what: Int32, _ upstream: UnsafeMutableRawPointer?,
  _ perSocket: UnsafeMutableRawPointer?
) -> Int32 {
  guard let upstream else { return -1 }
  Unmanaged<CurlUpstream>.fromOpaque(upstream).takeUnretainedValue().sockets.want(what, on: socket)
  return 0
}

private func timerWanted(_ multi: UnsafeMutableRawPointer?, _ milliseconds: Int, _ upstream: UnsafeMutableRawPointer?)
  -> Int32
{
  guard let upstream else { return -1 }
  Unmanaged<CurlUpstream>.fromOpaque(upstream).takeUnretainedValue().setTimer(milliseconds: milliseconds)
  return 0
}
