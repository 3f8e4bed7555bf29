internal import Configuration
internal import Crypto
internal import Gateway
internal import Logging
internal import Upstream

/// Reads the password of the proxy on the way to Telnyx at the start, and one in a file again while the gateway runs.
final class ProxyWatch {
  /// nil where there is none.
  let proxy: UpstreamProxy?

  private let source: TokenSource?
  private var known: [UInt8] = []
  private var files: SecretFiles
  private let log: Logger

  init(_ settings: ProxySettings?, environment: [String: String], log: Logger) throws {
    source = settings?.credentials?.password
    self.log = log
    files = SecretFiles(environment: environment, log: log)
    let password = try source?.resolve(environment: environment, as: "password")
    proxy = settings.map { UpstreamProxy($0, password: password) }
    if let password { known = Digest.sha256(password.reveal()) }
  }

  /// Called about once a second, off the request path. A file that can't be read leaves the password as it is.
  func refresh() {
    guard let proxy, let source, let password = files.read(source, as: "password") else { return }
    let digest = Digest.sha256(password.reveal())
    guard digest != known else { return }
    known = digest
    proxy.use(password)
    log.info("the proxy's password was read anew")
  }
}
