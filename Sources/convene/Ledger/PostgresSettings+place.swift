internal import Crypto
internal import Gateway
internal import LedgerPostgres

extension PostgresSettings {
  /// Authorities that the system trusts, where Debian has them, and the image. libpq knows no other word for them before version 16.
  private static let systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"

  /// - Parameter password: nil = none is shown.
  init(_ place: PostgresPlace, password: Secret?) {
    self.init(hosts: place.hosts, user: place.user, database: place.database)
    self.password = password
    tls = place.tls
    needsChannelBinding = place.needsChannelBinding
    rootCertificate = place.rootCertificate ?? (place.tls == .verifyFull ? Self.systemAuthorities : nil)
    (clientCertificate, clientKey) = (place.clientCertificate, place.clientKey)
  }
}

extension PostgresPlace {
  /// The schema as SQL can have it.
  var checkedSchema: PostgresSchema {
    get throws(StartError) {
      guard let schema = PostgresSchema(schema) else { throw StartError("no name of a schema: \(schema)") }
      return schema
    }
  }

  /// What went wrong with the database, with each host that was tried.
  func failure(_ error: PostgresError) -> String {
    let isConnected =
      switch error.kind {
      case .unreachable, .timeout, .authentication: false
      default: true
      }
    // libpq indents its advice.
    let text = error.text.replacing("\t", with: "")
    let code = error.sqlState.isEmpty || text.contains(error.sqlState) ? "" : " (\(error.sqlState))"
    return "\(isConnected ? "" : "no connection to ")the database at \(hostList): \(text)\(code)"
  }
}
