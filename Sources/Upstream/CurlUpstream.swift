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
  package var mayStillSend: ((_ lease: UInt64) -> Bool)?

  /// How long connections are kept while nothing is sent.
  private static let idleTime: Duration = .seconds(10)

  let loop: EventLoop
  let sockets: SocketTable
  private let settings: CurlSettings
  private let connections: Int
  private let tokens: TokenStore
  /// In no order: each knows its place.
  private var active: [Transfer] = []
  private var idle: [Transfer] = []
  /// For a connection.
  private var waiting: WaitingAttempts
  /// For the addresses of Telnyx's host.
  private var unresolved: WaitingAttempts
  private let addresses: KnownAddresses
  /// Transfers that libcurl may have at once.
  private let mostActive: Int
  private var cancelled: [(exchange: ExchangeID, failure: TransportFailure)] = []
  private var timer: MonotonicTime = .distantFuture
  /// nil while nothing was sent for a while.
  private var pool: ConnectionPool?
  private var idleTimer: TimerQueue.ID?
  private var lastEnded = MonotonicTime.now

  /// - Parameters:
  ///   - connections: how many this worker may have open; further attempts wait for one.
  ///   - tokens: by the index that an attempt names.
  ///   - resolver: of the host in the settings, or of the proxy's; shared by all workers, as is `proxy`.
  package init(
    settings: UpstreamSettings, connections: Int, tokens: TokenStore, resolver: HostResolver,
    proxy: UpstreamProxy? = nil, userAgent: String, loop: EventLoop
  ) throws(CurlError) {
    self.loop = loop
    self.settings = CurlSettings(settings, proxy: proxy, userAgent: userAgent)
    self.connections = connections
    self.tokens = tokens
    // In HTTP/2 one connection carries many transfers; how many, libcurl hears from Telnyx.
    mostActive = settings.http2 ? .max : connections
    waiting = WaitingAttempts(timers: loop.timers)
    unresolved = WaitingAttempts(timers: loop.timers)
    do throws(SystemError) {
      addresses = try KnownAddresses(resolver, loop: loop)
    } catch {
      throw CurlError(code: Int(CURLE_FAILED_INIT.rawValue))
    }
    sockets = SocketTable(loop: loop)
    pool = try ConnectionPool(upstream: self, connections: connections)
    sockets.owner = self
    addresses.whenAnswered = { [unowned self] in lookedUp($0) }
    loop.add(self)
  }

  /// Ends everything at once; no outcome is told any more. Call it once, when no attempt is wanted: until then this object
  /// and its sockets' table keep each other.
  package func close() {
    if let pool { for transfer in active { curl_multi_remove_handle(pool.multi, transfer.easy) } }
    active = []
    idle = []
    waiting.removeAll()
    unresolved.removeAll()
    addresses.close()
    if let idleTimer { loop.timers.cancel(idleTimer) }
    closeConnections()
    sockets.owner = nil
  }

  /// Where all connections are taken the attempt waits here, not in libcurl: there each would have a handle with its
  /// buffers, 20 KB, and libcurl would try all of them anew whenever one connection becomes free.
  package func send(_ attempt: UpstreamAttempt, for exchange: ExchangeID) {
    addresses.refresh()
    guard !addresses.areMissing else { return waitForAddresses(attempt, for: exchange) }
    guard active.count >= mostActive else { return start(attempt, for: exchange) }
    waiting.append(attempt, for: exchange, until: loop.now + attempt.timeout) { [self] in
      guard waiting.remove(exchange) else { return }
      let isTooLate = attempt.isTooLate(at: loop.now)
      receiver?.attemptEnded(.notSent(isTooLate ? .tooLate : CurlError.timeout.failure), of: exchange)
    }
  }

  private func waitForAddresses(_ attempt: UpstreamAttempt, for exchange: ExchangeID) {
    unresolved.append(
      attempt, for: exchange, until: loop.now + attempt.timeout, patience: loop.now + settings.connectTimeout
    ) { [self] in
      guard unresolved.remove(exchange) else { return }
      let failure = named(TransportFailure(name: "resolve", detail: "the host's name was not looked up in time"))
      receiver?.attemptEnded(.notSent(attempt.isTooLate(at: loop.now) ? .tooLate : failure), of: exchange)
    }
  }

  /// A look-up has ended: what waits for it begins, or ends where nothing was found.
  private func lookedUp(_ failure: TransportFailure?) {
    var entries: [WaitingAttempts.Entry] = []
    while let next = unresolved.popFirst(at: loop.now) { entries.append(next) }
    for entry in entries {
      if let failure {
        receiver?.attemptEnded(.notSent(named(failure)), of: entry.exchange)
      } else {
        send(entry.attempt, for: entry.exchange)
      }
    }
  }

  /// Whose name it is.
  private func named(_ failure: TransportFailure) -> TransportFailure {
    settings.proxy?.naming(failure, status: 0) ?? failure
  }

  private func start(_ attempt: UpstreamAttempt, for exchange: ExchangeID) {
    let transfer = idle.popLast() ?? Transfer(settings: settings, upstream: self)
    transfer.place = active.count
    active.append(transfer)
    let isKnown = addresses.entry === pool?.addresses
    transfer.prepare(
      attempt, exchange: exchange, token: tokens.token(at: attempt.token), addresses: isKnown ? nil : addresses.entry)
    do throws(CurlError) {
      if pool == nil { pool = try ConnectionPool(upstream: self, connections: connections) }
      // Starts nothing yet: libcurl asks for its timer, which is due at once.
      if let pool { curl_multi_add_handle(pool.multi, transfer.easy) }
    } catch {
      // No memory: nothing was sent, and its outcome says so.
      cancelled.append((exchange, error.failure))
    }
  }

  package func cancel(_ exchange: ExchangeID) { cancelled.append((exchange, .stopped)) }

  /// libcurl has a new connection's socket. Nothing of an attempt must leave once its time is over, whatever becomes of this
  /// process: Telnyx would know it for a duplicate only for a minute. Where the process ends, the kernel drops what it holds;
  /// where it stands still, after a while.
  func opened(_ socket: Int32) {
    convene_drop_at_end(socket)
    convene_limit_sending(
      socket, UInt32(clamping: min(settings.attemptTimeout, CommandLife.longestDelivery).milliseconds))
    sockets.opened(socket)
  }

  func act(on socket: Int32, _ mask: Int32) {
    guard let pool else { return }
    var running: Int32 = 0
    curl_multi_socket_action(pool.multi, socket, mask, &running)
  }

  /// Telnyx has closed a connection that was kept. Where nothing is being sent, all are let go of, or the descriptor would
  /// stay until something is.
  func keptConnectionEnded() {
    if active.isEmpty { expireConnections(after: .zero) }
  }

  func setTimer(milliseconds: Int) {
    timer = milliseconds < 0 ? .distantFuture : loop.now + .milliseconds(milliseconds)
  }

  /// Lets go of the kept connections once nothing was sent for so long.
  private func expireConnections(after wait: Duration) {
    if let idleTimer { loop.timers.cancel(idleTimer) }
    idleTimer = loop.timers.schedule(at: lastEnded + wait) { [self] in
      idleTimer = nil
      guard active.isEmpty else { return }
      if loop.now >= lastEnded + wait { closeConnections() } else { expireConnections(after: wait) }
    }
  }

  private func closeConnections() {
    pool = nil
    timer = .distantFuture
  }

  /// - Parameter hasBegun: libcurl has worked on it.
  private func finish(_ transfer: Transfer, with outcome: AttemptOutcome, hasBegun: Bool) {
    if let pool { curl_multi_remove_handle(pool.multi, transfer.easy) }
    guard let exchange = transfer.exchange else { return }
    removeActive(transfer)
    if hasBegun, let entry = transfer.addresses { pool?.addresses = entry }
    transfer.clear()
    if idle.count < 64 { idle.append(transfer) }
    lastEnded = loop.now
    let late = startWaiting()
    if active.isEmpty, idleTimer == nil { expireConnections(after: Self.idleTime) }
    receiver?.attemptEnded(outcome, of: exchange)
    for exchange in late { receiver?.attemptEnded(.notSent(.tooLate), of: exchange) }
  }

  private func removeActive(_ transfer: Transfer) {
    let last = active.removeLast()
    guard last !== transfer else { return }
    active[transfer.place] = last
    last.place = transfer.place
  }

  /// Starts what waits, as connections allow.
  ///
  /// - Returns: those that must not be sent any more.
  private func startWaiting() -> [ExchangeID] {
    guard !waiting.isEmpty else { return [] }
    var late: [ExchangeID] = []
    while active.count < mostActive, let next = waiting.popFirst(at: loop.now) {
      // The loop may have been busy since its timers ran.
      if next.attempt.isTooLate(at: .now) {
        late.append(next.exchange)
      } else {
        start(next.attempt, for: next.exchange)
      }
    }
    return late
  }

  private func finishCompleted() {
    var left: Int32 = 0
    while let pool, let message = curl_multi_info_read(pool.multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let transfer = Transfer.of(message.pointee.easy_handle) else {
        continue
      }
      let outcome = transfer.outcome(
        message.pointee.data.result, without: tokens.traces(beside: transfer.token))
      if transfer.hasEchoedToken, let exchange = transfer.exchange { receiver?.tokenEchoed(to: exchange) }
      finish(transfer, with: outcome, hasBegun: true)
    }
  }

  private func finishCancelled() {
    if cancelled.isEmpty { return }
    let ended = cancelled
    cancelled = []
    for (exchange, failure) in ended {
      if let transfer = active.first(where: { $0.exchange == exchange }) {
        finish(transfer, with: transfer.failure(failure), hasBegun: false)
      } else if waiting.remove(exchange) || unresolved.remove(exchange) {
        receiver?.attemptEnded(.notSent(failure), of: exchange)
      }
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
