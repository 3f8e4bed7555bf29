internal import CCurl
package import Gateway

/// A question to the admin listener of a gateway that runs, from another process. Blocks: nothing of a gateway's own asks.
package enum AdminQuestion {
  /// An answer's status and body, of which there may be 64 KiB.
  package struct Answer: Sendable, Equatable {
    package let status: Int
    package let body: [UInt8]
  }

  /// - Parameters:
  ///   - path: begins with a slash.
  ///   - address: as it is listened on. One that is every address of its family is asked for on this machine's own.
  ///   - limit: how long it may take.
  /// - Throws: `TransportFailure` where there is no answer, in libcurl's words.
  package static func ask(
    _ path: String, at address: ListenAddress, within limit: Duration
  ) throws(TransportFailure) -> Answer {
    guard Curl.isReady, let easy = curl_easy_init() else {
      throw TransportFailure(name: "curl", detail: "libcurl can't be used")
    }
    defer { curl_easy_cleanup(easy) }
    switch address {
    case .tcp(let host, let port):
      convene_easy_set_string(easy, CURLOPT_URL, "http://\(reachable(host)):\(port)\(path)")
    case .unix(let socket):
      convene_easy_set_string(easy, CURLOPT_UNIX_SOCKET_PATH, socket)
      convene_easy_set_string(easy, CURLOPT_URL, "http://localhost\(path)")
    }
    convene_easy_set_string(easy, CURLOPT_PROTOCOLS_STR, "http")
    // Whatever the environment says: it is on this machine.
    convene_easy_set_string(easy, CURLOPT_PROXY, "")
    convene_easy_set_long(easy, CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
    convene_easy_set_long(easy, CURLOPT_NOSIGNAL, 1)
    convene_easy_set_long(easy, CURLOPT_TIMEOUT_MS, Int(limit.components.seconds) * 1000)
    var body: [UInt8] = []
    convene_easy_set_write(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, body in
      guard let bytes, let body else { return 0 }
      let (room, length) = (body.assumingMemoryBound(to: [UInt8].self), size * count)
      guard room.pointee.count + length <= 64 * 1024 else { return 0 }
      room.pointee.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: length))
      return length
    }
    let code = withUnsafeMutablePointer(to: &body) { body in
      convene_easy_set_pointer(easy, CURLOPT_WRITEDATA, body)
      return curl_easy_perform(easy)
    }
    guard code == CURLE_OK else { throw CurlError(code: Int(code.rawValue)).failure }
    var status = 0
    convene_easy_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    return Answer(status: status, body: body)
  }

  private static func reachable(_ host: String) -> String {
    let isV6 = host.utf8.contains(UInt8(ascii: ":"))
    let isEvery = host.utf8.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
    return isV6 ? "[\(isEvery ? "::1" : host)]" : isEvery ? "127.0.0.1" : host
  }
}
