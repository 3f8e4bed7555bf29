package import Crypto
package import Gateway

/// Where the database is, and how each side proves who it is. Nothing else is asked for it: no environment variable, no file in
/// a home directory (libpq, "Connection Control Functions").
package struct PostgresSettings: Sendable {
  // As the configuration has them.
  package typealias Host = PostgresPlace.Host
  package typealias TLS = PostgresPlace.TLS

  /// Tried in this order until one accepts writes.
  package var hosts: [Host]
  package var user: String
  package var database: String
  /// What the server asks for, if it does.
  package var password: Secret?
  package var tls = TLS.verifyFull
  /// The server must prove to know the password, bound to this TLS connection (`channel_binding=require`).
  package var needsChannelBinding = false
  /// Paths to PEM files.
  package var rootCertificate: String?
  package var clientCertificate: String?
  package var clientKey: String?
  /// Whether a server that only reads, as a standby does, is passed over.
  package var needsWriting = true

  package init(hosts: [Host], user: String, database: String) {
    (self.hosts, self.user, self.database) = (hosts, user, database)
  }

  /// libpq's parameters for one address of one host.
  ///
  /// Each that would otherwise come from the environment or from a file in the home directory has a value here. libpq takes an
  /// empty one for none at all, so that "no file" is a path which can't exist.
  func parameters(for host: Host, address: String?) -> [(String, String)] {
    let none = "/dev/null/none"
    var parameters = [
      ("host", host.name), ("port", "\(host.port)"), ("user", user), ("dbname", database),
      ("passfile", none), ("sslmode", tls.rawValue), ("sslrootcert", rootCertificate ?? none),
      ("sslcert", clientCertificate ?? none), ("sslkey", clientKey ?? none), ("sslcrl", none), ("sslcrldir", none),
      ("ssl_min_protocol_version", "TLSv1.2"), ("gssencmode", "disable"),
      ("channel_binding", needsChannelBinding ? "require" : "prefer"),
      ("target_session_attrs", needsWriting ? "read-write" : "any"),
      ("application_name", "convene"), ("client_encoding", "UTF8"),
      ("keepalives", "1"), ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"),
      ("tcp_user_timeout", "10000"),
    ]
    if let address { parameters.append(("hostaddr", address)) }
    if let password { parameters.append(("password", String(decoding: password.reveal(), as: UTF8.self))) }
    return parameters
  }
}
