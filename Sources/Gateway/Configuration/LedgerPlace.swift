/// Where a ledger lies.
package enum LedgerPlace: Sendable, Equatable {
  /// A database file, by its path: one process's.
  case file(String)
  /// `:memory:`: nothing survives the process.
  case memory
  /// A database that all replicas of the gateway share.
  case postgres(PostgresPlace)
}

/// `ledger.postgres`: a PostgreSQL database, and as whom this process comes to it.
package struct PostgresPlace: Sendable, Equatable {
  /// A host's name or address, without brackets, or the folder of a Unix socket, which begins with a slash.
  package struct Host: Sendable, Hashable, CustomStringConvertible {
    package let name: String
    package let port: UInt16

    package init(_ name: String, port: UInt16 = 5432) { (self.name, self.port) = (name, port) }

    package var isSocket: Bool { name.utf8.first == UInt8(ascii: "/") }
    package var description: String { name.utf8.contains(UInt8(ascii: ":")) ? "[\(name)]:\(port)" : "\(name):\(port)" }
  }

  /// libpq's `sslmode`, without the two that fall back to plain text.
  package enum TLS: String, Sendable, CaseIterable {
    case disable, require
    case verifyAuthority = "verify-ca"
    case verifyFull = "verify-full"
  }

  /// At least one, in the order in which they are tried.
  package var hosts: [Host]
  package var user: String
  package var database: String
  /// nil = nothing is shown but, where there is one, a certificate.
  package var password: TokenSource?
  package var tls = TLS.verifyFull
  package var needsChannelBinding = false
  /// Path of a PEM file of certificate authorities; nil = the system's.
  package var rootCertificate: String?
  /// Paths of PEM files; both or none.
  package var clientCertificate: String?
  package var clientKey: String?
  /// The schema's name: 1 to 63 of `a-z0-9_`, beginning with a letter.
  package var schema = "convene"
  /// Of this process among those that share the ledger. Whoever begins under a name takes the place of the last one that had it.
  package var replica = ""

  package init(hosts: [Host], user: String, database: String) {
    (self.hosts, self.user, self.database) = (hosts, user, database)
  }

  /// `db1:5433, db2:5432`.
  package var hostList: String { hosts.map(\.description).joined(separator: ", ") }
}
