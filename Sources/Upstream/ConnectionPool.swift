internal import CCurl

/// A libcurl multi handle, and with it the connections to Telnyx that it keeps. One owner, which frees it.
///
/// libcurl can't close the connections that idle in a multi handle, only the handle with all of them: so a worker that has
/// sent nothing for a while lets go of this and makes a new one.
final class ConnectionPool {
  let multi: UnsafeMutableRawPointer
  /// The addresses of Telnyx's host that libcurl has among the names that it knows.
  var addresses: KnownAddresses.Entry?

  /// - Parameter connections: how many there may be at once; further attempts wait for one.
  init(upstream: CurlUpstream, connections: Int) throws(CurlError) {
    guard Curl.isReady, let multi = curl_multi_init() else { throw CurlError(code: Int(CURLE_FAILED_INIT.rawValue)) }
    self.multi = multi
    let pointer = Unmanaged.passUnretained(upstream).toOpaque()
    // Unretained: the upstream owns this pool, and `CurlUpstream.close` ends all callbacks before it can go.
    convene_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, pointer)
    convene_multi_set_socket(multi, socketWanted)
    convene_multi_set_pointer(multi, CURLMOPT_TIMERDATA, pointer)
    convene_multi_set_timer(multi, timerWanted)
    convene_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections)
    convene_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connections)
  }

  deinit { curl_multi_cleanup(multi) }
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
