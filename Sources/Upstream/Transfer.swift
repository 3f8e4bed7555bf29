internal import CCurl
internal import EventLoop
internal import Gateway

/// One libcurl easy handle with what its callbacks fill: used for one attempt after another.
///
/// The handle points back here, unretained: a transfer outlives its handle, which `deinit` frees.
final class Transfer {
  /// A reply beyond this is not read: Telnyx's are about 1 KiB.
  private static let largestReply = 1 << 20

  let easy: UnsafeMutableRawPointer
  private(set) var exchange: ExchangeID?

  private let url: String
  private var path = ""
  private var headers = HeaderList()
  private var body: [UInt8] = []
  private var sent = 0
  /// libcurl has asked for the body: from here on it may have reached Telnyx.
  private var bodyHasLeft = false
  private var reply = ReplyCollector()

  init(settings: CurlSettings, upstream: CurlUpstream) {
    guard let easy = curl_easy_init() else { fatalError("libcurl has no memory for a handle") }
    self.easy = easy
    url = settings.url
    settings.apply(to: easy)
    let me = Unmanaged.passUnretained(self).toOpaque()
    convene_easy_set_pointer(easy, CURLOPT_PRIVATE, me)
    convene_easy_set_read(easy, readBody)
    convene_easy_set_pointer(easy, CURLOPT_READDATA, me)
    // libcurl resends a POST by itself when a kept connection dies before the first byte of a reply, and no option turns
    // that off. A body that can't be rewound does: whether to send again is decided in one place, and it is not this.
    convene_easy_set_seek(easy, { _, _, _ in CURL_SEEKFUNC_FAIL })
    convene_easy_set_write(easy, CURLOPT_WRITEFUNCTION, collectBody)
    convene_easy_set_pointer(easy, CURLOPT_WRITEDATA, me)
    convene_easy_set_write(easy, CURLOPT_HEADERFUNCTION, collectHeader)
    convene_easy_set_pointer(easy, CURLOPT_HEADERDATA, me)
    let owner = Unmanaged.passUnretained(upstream).toOpaque()
    convene_easy_set_sockopt(easy, socketOpened)
    convene_easy_set_pointer(easy, CURLOPT_SOCKOPTDATA, owner)
    convene_easy_set_closesocket(easy, closeSocket)
    convene_easy_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, owner)
  }

  deinit { curl_easy_cleanup(easy) }

  /// The transfer that owns an easy handle.
  static func of(_ easy: UnsafeMutableRawPointer?) -> Transfer? {
    var pointer: UnsafeMutableRawPointer?
    guard let easy, convene_easy_get_pointer(easy, CURLINFO_PRIVATE, &pointer) == CURLE_OK, let pointer else {
      return nil
    }
    return Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
  }

  func prepare(_ attempt: UpstreamAttempt, exchange: ExchangeID, token: TokenStore.Token?) {
    self.exchange = exchange
    body = attempt.body ?? []
    convene_easy_set_long(easy, attempt.body == nil ? CURLOPT_HTTPGET : CURLOPT_POST, 1)
    sent = 0
    bodyHasLeft = false
    reply = ReplyCollector()
    if path != attempt.path {
      path = attempt.path
      convene_easy_set_string(easy, CURLOPT_URL, url + path)
    }
    headers = HeaderList(attempt.fields, token: token)
    convene_easy_set_list(easy, CURLOPT_HTTPHEADER, headers.first)
    convene_easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, Int(body.count))
    convene_easy_set_long(easy, CURLOPT_TIMEOUT_MS, Int(max(1, attempt.timeout.milliseconds)))
  }

  /// Forgets the attempt: an idle transfer holds no body and no token.
  func clear() {
    convene_easy_set_list(easy, CURLOPT_HTTPHEADER, nil)
    headers = HeaderList()
    exchange = nil
    body = []
    reply = ReplyCollector()
  }

  func outcome(_ code: CURLcode) -> AttemptOutcome {
    guard code != CURLE_OK else {
      guard reply.hasWholeHead else {
        return failure(TransportFailure(name: "truncated", detail: "the reply ended in the middle of its head"))
      }
      var status = 0
      convene_easy_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
      return .replied(reply.reply(status: status))
    }
    return failure(CurlError(code: Int(code.rawValue)).failure)
  }

  func failure(_ failure: TransportFailure) -> AttemptOutcome { bodyHasLeft ? .lost(failure) : .notSent(failure) }

  // MARK: Callbacks, on the worker's thread

  fileprivate func read(into buffer: UnsafeMutableRawPointer, capacity: Int) -> Int {
    bodyHasLeft = true
    let count = min(capacity, body.count - sent)
    body.withUnsafeBytes { bytes in
      guard count > 0, let start = bytes.baseAddress else { return }
      buffer.copyMemory(from: start + sent, byteCount: count)
    }
    sent += count
    return count
  }

  fileprivate func collect(body bytes: UnsafeRawBufferPointer) -> Bool {
    guard reply.body.count + bytes.count <= Self.largestReply else { return false }
    reply.body.append(contentsOf: bytes)
    return true
  }

  fileprivate func collect(header line: UnsafeRawBufferPointer) { reply.collect(header: line) }
}

private func transfer(_ pointer: UnsafeMutableRawPointer?) -> Transfer? {
  pointer.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private func readBody(
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
  guard let buffer, let transfer = transfer(pointer) else { return Int(CURL_READFUNC_ABORT) }
  return transfer.read(into: buffer, capacity: size * count)
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
  transfer(pointer)?.collect(header: UnsafeRawBufferPointer(start: bytes, count: size * count))
  return size * count
}

private func socketOpened(_ upstream: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _ purpose: curlsocktype)
  -> Int32
{
  if let upstream { Unmanaged<CurlUpstream>.fromOpaque(upstream).takeUnretainedValue().sockets.opened(socket) }
  return CURL_SOCKOPT_OK
}

private func closeSocket(_ upstream: UnsafeMutableRawPointer?, _ socket: curl_socket_t) -> Int32 {
  if let upstream { Unmanaged<CurlUpstream>.fromOpaque(upstream).takeUnretainedValue().sockets.forget(socket) }
  return convene_close(socket)
}
