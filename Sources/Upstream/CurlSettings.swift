internal import CCurl
internal import EventLoop
internal import Gateway

/// What all transfers have in common.
struct CurlSettings {
  let url: String
  /// For callers that don't name theirs.
  let userAgent: [UInt8]
  let proxy: UpstreamProxy?
  private let settings: UpstreamSettings

  init(_ settings: UpstreamSettings, proxy: UpstreamProxy?, userAgent: String) {
    self.settings = settings
    self.proxy = proxy
    self.userAgent = Array("User-Agent: \(userAgent)".utf8)
    url = settings.url
  }

  var attemptTimeout: Duration { settings.attemptTimeout }
  var connectTimeout: Duration { settings.connectTimeout }

  /// Sets the options that no attempt changes.
  func apply(to easy: UnsafeMutableRawPointer) {
    // The configuration has made sure that `http` is a loopback address.
    convene_easy_set_string(easy, CURLOPT_PROTOCOLS_STR, url.utf8.starts(with: "http://".utf8) ? "http" : "https")
    convene_easy_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
    if let proxy {
      proxy.apply(to: easy)
    } else {
      // Whatever the environment says: the token goes to Telnyx and nowhere else.
      convene_easy_set_string(easy, CURLOPT_PROXY, "")
      convene_easy_set_string(easy, CURLOPT_NOPROXY, "*")
    }
    // A proxy's head would be taken for Telnyx's, and Telnyx's for its trailers.
    convene_easy_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    convene_easy_set_long(easy, CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
    convene_easy_set_long(easy, CURLOPT_NOSIGNAL, 1)
    // No encoding is asked for, which `HeaderList` says; a reply that has one all the same is decoded.
    convene_easy_set_string(easy, CURLOPT_ACCEPT_ENCODING, "identity")
    // Should libcurl ever look up a name itself (`HostResolver` does), its thread is left behind when the attempt is over:
    // to wait for it would stop the worker.
    convene_easy_set_long(easy, CURLOPT_QUICK_EXIT, 1)
    convene_easy_set_long(
      easy, CURLOPT_HTTP_VERSION, settings.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)
    convene_easy_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Int(settings.connectTimeout.milliseconds))
    convene_easy_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
    convene_easy_set_long(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    convene_easy_set_long(easy, CURLOPT_SSL_VERIFYPEER, 1)
    convene_easy_set_long(easy, CURLOPT_SSL_VERIFYHOST, 2)
    convene_easy_keep_tls_buffers(easy)
    // A create and its reply have about 1 KiB each; a larger one takes more calls. libcurl's own sizes, of which each
    // handle has both, are 64 and 16 KiB. These are its least for sending, and a TLS record's usual size for receiving.
    convene_easy_set_long(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16 * 1024)
    convene_easy_set_long(easy, CURLOPT_BUFFERSIZE, 4 * 1024)
    if let file = settings.caFile {
      convene_easy_set_string(easy, CURLOPT_CAINFO, file)
      // The named authorities instead of the system's, not beside them.
      convene_easy_set_string(easy, CURLOPT_CAPATH, nil)
    }
    if let pin = settings.pinnedPublicKey { convene_easy_set_string(easy, CURLOPT_PINNEDPUBLICKEY, pin) }
  }
}
