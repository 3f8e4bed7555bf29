internal import CCurl
package import Crypto
package import Gateway
internal import Synchronization

/// The proxy on the way to Telnyx, and what it is shown now. Shared by all workers.
package final class UpstreamProxy: Sendable {
  package typealias Password = Secret

  private let settings: ProxySettings
  private let password: Mutex<Password?>

  package init(_ settings: ProxySettings, password: Password? = nil) {
    self.settings = settings
    self.password = Mutex(password)
  }

  package func use(_ password: Password) { self.password.withLock { $0 = password } }

  /// As people call it: `egress:3128`.
  var name: String { String(settings.url.dropFirst("http://".count)) }

  /// Sets the options that no attempt changes.
  func apply(to easy: UnsafeMutableRawPointer) {
    convene_easy_set_string(easy, CURLOPT_PROXY, settings.url)
    convene_easy_set_long(easy, CURLOPT_PROXYTYPE, Int(CURLPROXY_HTTP.rawValue))
    convene_easy_set_string(easy, CURLOPT_NOPROXY, "")
    // Whatever the scheme: the proxy never sees a request, and so no token.
    convene_easy_set_long(easy, CURLOPT_HTTPPROXYTUNNEL, 1)
    convene_easy_set_long(easy, CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE))
    guard let credentials = settings.credentials else { return }
    convene_easy_set_string(easy, CURLOPT_PROXYUSERNAME, credentials.username)
  }

  /// Sets what may have changed since the last attempt.
  func refresh(_ easy: UnsafeMutableRawPointer) {
    guard let password = password.withLock(\.self) else { return }
    (password.reveal() + [0]).withUnsafeBytes { bytes in
      _ = convene_easy_set_string(
        easy, CURLOPT_PROXYPASSWORD, bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
    }
  }

  /// What became of a connection by this proxy.
  ///
  /// - Parameter status: its answer to CONNECT; 0 = it gave none, or let the connection be.
  func naming(_ failure: TransportFailure, status: Int) -> TransportFailure {
    let isRefusal = status != 0 && !(200..<300).contains(status)
    return TransportFailure(
      name: isRefusal ? "proxy" : failure.name,
      detail: isRefusal
        ? "the proxy \(name) answers \(status) to CONNECT" : "by the proxy \(name): \(failure.detail)",
      hasAnswered: failure.hasAnswered)
  }
}
