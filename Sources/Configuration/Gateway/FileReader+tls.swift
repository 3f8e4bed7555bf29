internal import Gateway

extension FileReader {
  static let tlsKeys = ["certificate", "key", "client_ca"]

  /// - Parameter address: the listener's.
  func tls(_ value: YAMLValue, at address: ListenAddress) -> ReadTLS? {
    guard let section = section(value, "server.listen.tls", known: Self.tlsKeys) else { return nil }
    if case .unix = address {
      report(value, "server.listen.tls: a Unix socket has none; who is at its other end, the kernel says")
      return nil
    }
    func path(_ key: String) -> String? {
      section.text(key).map { FilePath.resolve($0, relativeTo: file) }
    }
    _ = (section.required("certificate"), section.required("key"))
    guard let certificate = path("certificate"), let key = path("key") else { return nil }
    return ReadTLS(
      settings: TLSSettings(certificate: certificate, key: key, clientAuthorities: path("client_ca")),
      certificate: section["certificate"]?.position ?? value.position, key: section["key"]?.position ?? value.position,
      clientAuthorities: section["client_ca"]?.position ?? value.position)
  }
}

/// The TLS of a listener, and where each of its files is spoken of.
struct ReadTLS {
  let settings: TLSSettings
  let certificate: Position
  let key: Position
  let clientAuthorities: Position
}
