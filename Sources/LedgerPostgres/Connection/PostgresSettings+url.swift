internal import CPostgres

extension PostgresSettings {
  /// Why a connection URI can't be used. Nothing of it is quoted: a password may stand in it.
  package struct URLError: Error, CustomStringConvertible {
    package let description: String
  }

  /// What a connection URI says (libpq, "Connection URIs"): hosts, role, database, and how far TLS goes.
  package init(url: String) throws(URLError) {
    var values: [String: String] = [:]
    guard url.hasPrefix("postgresql://") || url.hasPrefix("postgres://"), let options = PQconninfoParse(url, nil) else {
      throw URLError(description: "no connection URI, as postgresql://ROLE@HOST/DATABASE is one")
    }
    defer { PQconninfoFree(options) }
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
      option += 1
    }
    func take(_ name: String) -> String? { values.removeValue(forKey: name).flatMap { $0.isEmpty ? nil : $0 } }
    guard take("password") == nil else {
      throw URLError(description: "a password that stands in a connection URI is seen by everyone on this machine")
    }
    guard let user = take("user"), let database = take("dbname"), let names = take("host") else {
      throw URLError(description: "a connection URI must name role, host and database: postgresql://ROLE@HOST/DATABASE")
    }
    let hosts = names.split(separator: ",").map(String.init)
    let ports = (take("port") ?? "5432").split(separator: ",", omittingEmptySubsequences: false).map {
      $0.isEmpty ? 5432 : UInt16($0)
    }
    guard ports.count == 1 || ports.count == hosts.count, ports.allSatisfy({ $0 != nil }) else {
      throw URLError(description: "each host of a connection URI has one port, of 1 to 65535")
    }
    self.init(
      hosts: hosts.enumerated().map { Host($1, port: ports[ports.count == 1 ? 0 : $0] ?? 5432) }, user: user,
      database: database)
    tls = self.hosts.allSatisfy { $0.name.hasPrefix("/") } ? .off : .verifyFull
    if let mode = take("sslmode") {
      guard let mode = TLS(rawValue: mode) else {
        throw URLError(description: "sslmode must be disable, require, verify-ca or verify-full")
      }
      tls = mode
    }
    needsChannelBinding = take("channel_binding") == "require"
    (rootCertificate, clientCertificate, clientKey) = (take("sslrootcert"), take("sslcert"), take("sslkey"))
    if let other = values.keys.min() {
      throw URLError(description: "a connection URI here has no parameter \(other)")
    }
  }
}
