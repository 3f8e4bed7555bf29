internal import CCurl
internal import Crypto
internal import EventLoop

/// One libcurl transfer to a collector at a time, on a connection that is kept. Belongs to one thread, which it makes wait, never
/// for longer than `limit`.
final class CollectorConnection {
  /// Of one send, as OpenTelemetry's exporters have it.
  private static let limit: Duration = .seconds(10)
  private static let connectLimit: Duration = .seconds(3)
  /// How often it is asked meanwhile whether the process ends.
  private static let turn: Int32 = 100
  /// An answer has a few bytes; of a longer head or body the rest is not read.
  private static let longestAnswer = 64 << 10

  private let multi: UnsafeMutableRawPointer
  private let easy: UnsafeMutableRawPointer
  private let headers: UnsafeMutablePointer<curl_slist>?
  /// Where libcurl says what went wrong, in more words than its code has.
  private let words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private var body: [UInt8] = []
  /// Bytes of the answer's head so far.
  private var headSize = 0

  init(_ settings: CollectorSettings) {
    guard let multi = curl_multi_init(), let easy = curl_easy_init() else {
      fatalError("libcurl has no memory for a handle")
    }
    self.multi = multi
    self.easy = easy
    // Nothing that libcurl would ask for by itself: a large body is sent without asking first.
    var lines = ["Content-Type: application/json", "Accept: application/json", "Expect:"].map { Array($0.utf8) }
    for header in settings.headers { lines.append(Array("\(header.name): ".utf8) + header.value.reveal()) }
    headers = lines.reduce(nil) { list, line in
      (line + [0]).withUnsafeBytes { curl_slist_append(list, $0.baseAddress?.assumingMemoryBound(to: CChar.self)) }
    }
    apply(settings)
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_multi_cleanup(multi)
    curl_slist_free_all(headers)
    words.deallocate()
  }

  private func apply(_ settings: CollectorSettings) {
    let isPlain = settings.endpoint.utf8.starts(with: "http://".utf8)
    convene_easy_set_string(easy, CURLOPT_URL, settings.endpoint)
    convene_easy_set_string(easy, CURLOPT_PROTOCOLS_STR, isPlain ? "http" : "https")
    convene_easy_set_string(easy, CURLOPT_USERAGENT, "convene/\(settings.version)")
    convene_easy_set_list(easy, CURLOPT_HTTPHEADER, headers)
    convene_easy_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
    // Whatever the environment says.
    convene_easy_set_string(easy, CURLOPT_PROXY, "")
    convene_easy_set_string(easy, CURLOPT_NOPROXY, "*")
    convene_easy_set_long(easy, CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
    convene_easy_set_long(easy, CURLOPT_NOSIGNAL, 1)
    // A look-up of a name that takes too long is left behind, not waited for.
    convene_easy_set_long(easy, CURLOPT_QUICK_EXIT, 1)
    convene_easy_set_long(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    convene_easy_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Int(Self.connectLimit.milliseconds))
    convene_easy_set_long(easy, CURLOPT_TIMEOUT_MS, Int(Self.limit.milliseconds))
    convene_easy_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
    convene_easy_set_long(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    convene_easy_set_long(easy, CURLOPT_SSL_VERIFYPEER, 1)
    convene_easy_set_long(easy, CURLOPT_SSL_VERIFYHOST, 2)
    if let file = settings.caFile {
      convene_easy_set_string(easy, CURLOPT_CAINFO, file)
      // The named authorities instead of the system's, not beside them.
      convene_easy_set_string(easy, CURLOPT_CAPATH, nil)
    }
    words[0] = 0
    convene_easy_set_pointer(easy, CURLOPT_ERRORBUFFER, words)
    convene_easy_set_long(easy, CURLOPT_POST, 1)
    convene_easy_set_write(easy, CURLOPT_WRITEFUNCTION, collectAnswer)
    convene_easy_set_pointer(easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque())
    // libcurl keeps each line of a head, however many there are.
    convene_easy_set_write(easy, CURLOPT_HEADERFUNCTION, countHead)
    convene_easy_set_pointer(easy, CURLOPT_HEADERDATA, Unmanaged.passUnretained(self).toOpaque())
  }

  /// - Parameter deadline: asked now and then; nil = there is none. What has not ended by then ends at once.
  func post(_ request: [UInt8], until deadline: () -> MonotonicTime?) -> CollectorAnswer {
    (body, headSize) = ([], 0)
    words[0] = 0
    // The size first: libcurl copies so many bytes.
    convene_easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, request.count)
    convene_easy_copy_body(easy, request)
    defer { convene_easy_copy_body(easy, nil) }
    guard curl_multi_add_handle(multi, easy) == CURLM_OK else { return .unavailable(Self.noMemory, wait: nil) }
    defer { curl_multi_remove_handle(multi, easy) }
    // libcurl keeps the limit itself; nothing that it does wrong may keep this thread.
    let end = MonotonicTime.now + Self.limit + .seconds(1)
    while true {
      var running: Int32 = 0
      curl_multi_perform(multi, &running)
      if let code = takeEnd() { return answer(code) }
      let left = deadline().map { $0 - MonotonicTime.now }
      if let left, left <= .zero { return .cancelled }
      guard MonotonicTime.now < end else { return .unavailable(Self.noEnd, wait: nil) }
      curl_multi_poll(multi, nil, 0, min(Self.turn, Int32(clamping: (left?.milliseconds ?? 1000) + 1)), nil)
    }
  }

  private static let noMemory = ExportFailure(reason: "no memory", detail: "libcurl has no memory for a transfer")
  private static let noEnd = ExportFailure(reason: "timeout", detail: "the transfer didn't end in time")

  /// nil while it is under way.
  private func takeEnd() -> CURLcode? {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      if message.pointee.msg == CURLMSG_DONE { return message.pointee.data.result }
    }
    return nil
  }

  private func answer(_ code: CURLcode) -> CollectorAnswer {
    var status = 0
    convene_easy_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    // An answer that is too long is one all the same.
    guard code == CURLE_OK || code == CURLE_WRITE_ERROR && status >= 200 else {
      let general = String(cString: curl_easy_strerror(code))
      let detail = String(cString: words)
      return .unavailable(ExportFailure(reason: general, detail: detail.isEmpty ? general : detail), wait: nil)
    }
    var seconds: curl_off_t = 0
    convene_easy_get_offset(easy, CURLINFO_RETRY_AFTER, &seconds)
    return CollectorAnswer(status: status, body: body, wait: seconds > 0 ? .seconds(seconds) : nil)
  }

  fileprivate func collect(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard body.count + bytes.count <= Self.longestAnswer else { return false }
    body.append(contentsOf: bytes)
    return true
  }

  fileprivate func count(head size: Int) -> Bool {
    headSize += size
    return headSize <= Self.longestAnswer
  }
}

/// Anything but the number of bytes offered ends the transfer with CURLE_WRITE_ERROR.
private func collectAnswer(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
  guard let pointer else { return 0 }
  let connection = Unmanaged<CollectorConnection>.fromOpaque(pointer).takeUnretainedValue()
  return connection.collect(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

private func countHead(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
  guard let pointer else { return 0 }
  let connection = Unmanaged<CollectorConnection>.fromOpaque(pointer).takeUnretainedValue()
  return connection.count(head: size * count) ? size * count : 0
}
