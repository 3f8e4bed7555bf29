package import Gateway

extension PostgresPlace {
  /// What a connection URI says: where the database is, how far TLS goes, and by what each side proves who it is.
  ///
  /// - Parameter file: that the URI stands in: paths are relative to its folder.
  package init(url text: String, relativeTo file: String = "") throws(PostgresURLError) {
    do throws(UpstreamURL.Invalid) {
      let url = try PostgresURL(text)
      self.init(hosts: url.hosts, user: url.user, database: url.database)
      try protect(by: url.parameters) { FilePath.resolve($0, relativeTo: file) }
    } catch {
      throw PostgresURLError(message: error.message)
    }
  }

  private mutating func protect(
    by parameters: [String: String], _ resolve: (String) -> String
  ) throws(UpstreamURL.Invalid) {
    let isLocal = hosts.allSatisfy(\.isSocket)
    tls = isLocal ? .disable : .verifyFull
    if let mode = parameters["sslmode"] { tls = try Self.mode(mode) }
    guard !isLocal || tls == .disable else {
      throw UpstreamURL.Invalid(message: "has sslmode=\(tls.rawValue), and a Unix socket has no TLS")
    }
    switch parameters["channel_binding"] {
    case nil, "prefer": break
    case "require": needsChannelBinding = true
    default: throw UpstreamURL.Invalid(message: "must have channel_binding=require, or none")
    }
    rootCertificate = parameters["sslrootcert"].flatMap { $0 == "system" ? nil : resolve($0) }
    (clientCertificate, clientKey) = (parameters["sslcert"].map(resolve), parameters["sslkey"].map(resolve))
    guard (clientCertificate == nil) == (clientKey == nil) else {
      throw UpstreamURL.Invalid(message: "must have sslcert and sslkey together")
    }
    let wantsTLS = needsChannelBinding || clientCertificate != nil || parameters["sslrootcert"] != nil
    guard tls != .disable || !wantsTLS else {
      throw UpstreamURL.Invalid(
        message: "has parameters of TLS (sslrootcert, sslcert, sslkey, channel_binding) where there is none")
    }
    switch tls {
    case .require where parameters["sslrootcert"] != nil:
      throw UpstreamURL.Invalid(
        message: "has sslrootcert, and sslmode=require looks at no certificate: verify-full does")
    case .verifyAuthority where rootCertificate == nil:
      throw UpstreamURL.Invalid(message: "must have sslrootcert=FILE for sslmode=verify-ca")
    default: break
    }
  }

  private static func mode(_ text: String) throws(UpstreamURL.Invalid) -> TLS {
    if let mode = TLS(rawValue: text) { return mode }
    let known = TLS.allCases.map(\.rawValue).joined(separator: ", ")
    let isLenient = text == "allow" || text == "prefer"
    throw UpstreamURL.Invalid(
      message: "must have one of these as sslmode: \(known)"
        + (isLenient ? "; \(text) goes on in the clear where TLS fails" : ""))
  }
}

/// Why a connection URI can't be used. Quotes nothing that may be a password.
package struct PostgresURLError: Error, Sendable, Equatable {
  /// To follow the name of what it stands in.
  package let message: String
}
