internal import Configuration
internal import Gateway
internal import Logging
internal import Upstream

/// Reads the password of the proxy on the way to Telnyx at the start, and one in a file again while the gateway runs.
final class ProxyWatch {
  /// nil where there is none.
  let proxy: UpstreamProxy?

  /// nil where the proxy wants no password.
  private var file: SecretFile?
  private let log: Logger

  init(_ settings: ProxySettings?, environment: [String: String], log: Logger) throws {
    self.log = log
    guard let source = settings?.credentials?.password else {
      proxy = settings.map { UpstreamProxy($0) }
      return
    }
    let password = try source.resolve(environment: environment, as: "password")
    proxy = settings.map { UpstreamProxy($0, password: password) }
    file = SecretFile(source, as: "password", holding: password, environment: environment)
  }

  /// Called about once a second, off the request path.
  func refresh() {
    guard let password = file?.look(log) else { return }
    proxy?.use(password)
    log.info("the proxy's password was read anew")
  }
}
