internal import CCurl
internal import EventLoop
internal import Gateway

/// One libcurl easy handle with what its callbacks fill: used for one attempt after another.
///
/// The handle points back here, unretained: a transfer outlives its handle, which `deinit` frees.
final class Transfer {
  /// A reply beyond this is not read: Telnyx's are about 1 KiB.
  private static let largestReply = 1 << 20

  /// Beyond 1 MiB libcurl sends `Expect: 100-continue`; this leaves a margin.
  private static let smallBody = 1 << 16

  let easy: UnsafeMutableRawPointer
  private(set) var exchange: ExchangeID?
  /// The number of the token that the attempt is sent with.
  private(set) var token = 0
  /// Among the upstream's active ones.
  var place = 0

  private let base: String
  private let proxy: UpstreamProxy?
  private let userAgent: [UInt8]
  private var path = ""
  private var url: ParsedURL?
  private var headers: HeaderList?
  /// What libcurl puts among the names that it knows when the transfer begins.
  private(set) var addresses: KnownAddresses.Entry?
  private var hasBody = false
  private var isPatch = false
  /// libcurl was about to write the request: from here on it may have reached Telnyx.
  private var bodyHasLeft = false
  private var notAfter: MonotonicTime?
  private var lease: UInt64 = 0
  private unowned let upstream: CurlUpstream
  /// libcurl had a connection only after `notAfter`, or when the lease was over.
  private var isTooLate = false
  private let reply: ReplyCollector
  /// Where libcurl says what went wrong, in more words than its code has.
  private let words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  init(settings: CurlSettings, upstream: CurlUpstream) {
    guard let easy = curl_easy_init() else { fatalError("libcurl has no memory for a handle") }
    self.easy = easy
    self.upstream = upstream
    reply = ReplyCollector(of: easy, loop: upstream.loop)
    base = settings.url
    proxy = settings.proxy
    userAgent = settings.userAgent
    settings.apply(to: easy)
    let me = Unmanaged.passUnretained(self).toOpaque()
    convene_easy_set_pointer(easy, CURLOPT_PRIVATE, me)
    words[0] = 0
    convene_easy_set_pointer(easy, CURLOPT_ERRORBUFFER, words)
    convene_easy_set_prerequest(easy, requestBegins)
    convene_easy_set_pointer(easy, CURLOPT_PREREQDATA, me)
    convene_easy_set_write(easy, CURLOPT_WRITEFUNCTION, collectBody)
    convene_easy_set_pointer(easy, CURLOPT_WRITEDATA, me)
    convene_easy_set_write(easy, CURLOPT_HEADERFUNCTION, collectHeader)
    convene_easy_set_pointer(easy, CURLOPT_HEADERDATA, Unmanaged.passUnretained(reply).toOpaque())
    let owner = Unmanaged.passUnretained(upstream).toOpaque()
    convene_easy_set_sockopt(easy, socketOpened)
    convene_easy_set_pointer(easy, CURLOPT_SOCKOPTDATA, owner)
    convene_easy_set_closesocket(easy, closeSocket)
    convene_easy_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, owner)
  }

  deinit {
    curl_easy_cleanup(easy)
    words.deallocate()
  }

  /// The transfer that owns an easy handle.
  static func of(_ easy: UnsafeMutableRawPointer?) -> Transfer? {
    var pointer: UnsafeMutableRawPointer?
    guard let easy, convene_easy_get_pointer(easy, CURLINFO_PRIVATE, &pointer) == CURLE_OK, let pointer else {
      return nil
    }
    return Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// - Parameter addresses: of the host, where libcurl doesn't know them yet.
  func prepare(
    _ attempt: UpstreamAttempt, exchange: ExchangeID, token: TokenStore.Token?, addresses: KnownAddresses.Entry?
  ) {
    self.exchange = exchange
    self.token = attempt.token
    hasBody = attempt.body != nil
    reply.wantsDate = !hasBody
    bodyHasLeft = false
    words[0] = 0
    notAfter = attempt.notAfter
    lease = attempt.lease
    isTooLate = false
    if path != attempt.path {
      path = attempt.path
      let url = ParsedURL(base + path)
      convene_easy_set_url(easy, url.handle)
      self.url = url
    }
    if let addresses { convene_easy_set_list(easy, CURLOPT_RESOLVE, addresses.list) }
    self.addresses = addresses
    let headers = HeaderList(
      attempt.fields, userAgent: userAgent, traceparent: attempt.traceparent, token: token,
      hasLargeBody: (attempt.body?.count ?? 0) > Self.smallBody)
    convene_easy_set_list(easy, CURLOPT_HTTPHEADER, headers.first)
    self.headers = consume headers
    if isPatch != attempt.isPatch {
      isPatch = attempt.isPatch
      convene_easy_set_patch(easy, isPatch ? 1 : 0)
    }
    if let body = attempt.body {
      convene_easy_set_long(easy, CURLOPT_POST, 1)
      // The size first: libcurl copies so many bytes. It then sends head and body in one piece, which a read callback
      // would make two: two system calls, two TLS records, and a turn of the loop between them.
      convene_easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, body.count)
      convene_easy_copy_body(easy, body)
    } else {
      convene_easy_set_long(easy, CURLOPT_HTTPGET, 1)
    }
    proxy?.refresh(easy)
    convene_easy_set_long(easy, CURLOPT_TIMEOUT_MS, Int(max(1, attempt.timeout.milliseconds)))
  }

  /// Forgets the attempt: an idle transfer holds no body and no token.
  func clear() {
    convene_easy_set_list(easy, CURLOPT_HTTPHEADER, nil)
    headers = nil
    if addresses != nil {
      convene_easy_set_list(easy, CURLOPT_RESOLVE, nil)
      addresses = nil
    }
    exchange = nil
    if hasBody { convene_easy_copy_body(easy, nil) }
    reply.clear()
  }

  /// A token stood in the reply that `outcome` has given, and is masked.
  var hasEchoedToken: Bool { reply.hasToken }

  /// - Parameter traces: of what must stand in no reply.
  func outcome(_ code: CURLcode, without traces: TokenTraces) -> AttemptOutcome {
    // What libcurl says of a trailer that is no field: the body was whole by then.
    let isBadTrailer = code == CURLE_BAD_FUNCTION_ARGUMENT && reply.hasWholeHead
    guard code != CURLE_OK, !isBadTrailer else {
      guard reply.hasWholeHead else {
        return failure(TransportFailure(name: "truncated", detail: "the reply ended in the middle of its head"))
      }
      return .replied(reply.reply(status: status, without: traces))
    }
    if let reply = usableReply(code, without: traces) { return .replied(reply) }
    if isTooLate { return .notSent(.tooLate) }
    guard code != CURLE_ABORTED_BY_CALLBACK else {
      return failure(TransportFailure(name: "reset", detail: "the connection ended before the reply began"))
    }
    var found = whatIsWrong(code)
    found.hasAnswered = isUnreadable(code) && (200..<500).contains(status)
    return failure(found)
  }

  private func whatIsWrong(_ code: CURLcode) -> TransportFailure {
    let isEncoding = isUnreadable(code) && !reply.isTooLarge
    let failure = CurlError(code: Int((isEncoding ? CURLE_BAD_CONTENT_ENCODING : code).rawValue)).failure(
      words: isEncoding ? "" : String(cString: words))
    guard let proxy, !reply.hasWholeHead else { return failure }
    var status = 0
    convene_easy_get_long(easy, CURLINFO_HTTP_CONNECTCODE, &status)
    return proxy.naming(failure, status: status)
  }

  /// What a reply that didn't end as it should says all the same.
  private func usableReply(_ code: CURLcode, without traces: TokenTraces) -> UpstreamReply? {
    guard reply.hasWholeHead else { return nil }
    switch status {
    // A conference that is whole was made, whatever follows it, or lacks behind it.
    case 200..<300 where hasBody:
      let whole = reply.reply(
        status: status, unreadable: reply.isTooLarge ? whatIsWrong(code) : nil, without: traces)
      return whole.conferenceID == nil ? nil : whole
    // Telnyx's no is all that counts of its reply, whatever became of the rest: cut short, late, too large, not encoded as it
    // should be. Bytes behind a body that libcurl has decoded are nothing.
    case 300..<500:
      let hasBody = code == CURLE_WRITE_ERROR && !reply.isUndecodable && !reply.isTooLarge
      return reply.reply(status: status, unreadable: hasBody ? nil : whatIsWrong(code), without: traces)
    default: return nil
    }
  }

  /// The body is there and is not what it should be: not encoded as the head says, followed by something that the
  /// encoding doesn't have, or too large. libcurl tells of bytes behind a body that it decodes as if they could not be
  /// written.
  private func isUnreadable(_ code: CURLcode) -> Bool {
    reply.hasWholeHead && (code == CURLE_BAD_CONTENT_ENCODING || code == CURLE_WRITE_ERROR)
  }

  private var status: Int {
    var status = 0
    convene_easy_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    return status
  }

  func failure(_ failure: TransportFailure) -> AttemptOutcome { bodyHasLeft ? .lost(failure) : .notSent(failure) }

  // MARK: Callbacks, on the worker's thread

  /// libcurl has a connection and is about to write the request to it.
  ///
  /// libcurl resends a POST by itself when a kept connection dies before the first byte of a reply, and no option turns
  /// that off; but it asks here each time. Whether to send again is decided in one place, and it is not this.
  ///
  /// To look up a name and to connect take their time, too: here is where it shows whether it is still time to send.
  ///
  /// - Returns: false where this would be the second time, or too late.
  fileprivate func begin() -> Bool {
    guard hasBody else { return true }
    guard !bodyHasLeft else { return false }
    isTooLate = notAfter.map { MonotonicTime.now >= $0 } ?? false
    if lease != 0, let mayStillSend = upstream.mayStillSend, !mayStillSend(lease) { isTooLate = true }
    bodyHasLeft = !isTooLate
    return bodyHasLeft
  }

  fileprivate func collect(body bytes: UnsafeRawBufferPointer) -> Bool {
    reply.collect(body: bytes, most: Self.largestReply)
  }
}

private func transfer(_ pointer: UnsafeMutableRawPointer?) -> Transfer? {
  pointer.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

/// curl_easy_setopt(3), CURLOPT_PREREQFUNCTION.
private func requestBegins(
  _ pointer: UnsafeMutableRawPointer?, _ remote: UnsafeMutablePointer<CChar>?, _ local: UnsafeMutablePointer<CChar>?,
  _ remotePort: Int32, _ localPort: Int32
) -> Int32 {
  transfer(pointer)?.begin() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

/// Anything but the number of bytes offered ends the transfer with CURLE_WRITE_ERROR.
private func collectBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
  guard let transfer = transfer(pointer) else { return 0 }
  return transfer.collect(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

private func collectHeader(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
  guard let pointer else { return 0 }
  let reply = Unmanaged<ReplyCollector>.fromOpaque(pointer).takeUnretainedValue()
  reply.collect(header: UnsafeRawBufferPointer(start: bytes, count: size * count))
  return size * count
}

private func socketOpened(_ upstream: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _ purpose: curlsocktype)
  -> Int32
{
  if let upstream { Unmanaged<CurlUpstream>.fromOpaque(upstream).takeUnretainedValue().opened(socket) }
  return CURL_SOCKOPT_OK
}

private func closeSocket(_ upstream: UnsafeMutableRawPointer?, _ socket: curl_socket_t) -> Int32 {
  if let upstream { Unmanaged<CurlUpstream>.fromOpaque(upstream).takeUnretainedValue().sockets.forget(socket) }
  return convene_close(socket)
}
