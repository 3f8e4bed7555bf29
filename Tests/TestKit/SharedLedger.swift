/// A database for a ledger that gateways share, with a role that owns the schema and one that serves from it.
package struct SharedLedger: Sendable {
  package let server: PostgresServer
  package let database: String

  package var owner: String { "\(database)_owner" }
  package var serving: String { "\(database)_serving" }

  /// - Parameter isMigrated: whether `convene ledger migrate` has made the schema.
  package init(on server: PostgresServer, isMigrated: Bool = true) throws {
    self.server = server
    database = try server.makeDatabase()
    try server.run("CREATE ROLE \(database)_owner LOGIN; CREATE ROLE \(database)_serving LOGIN")
    try server.run("ALTER DATABASE \(database) OWNER TO \(database)_owner")
    guard isMigrated else { return }
    let migration = try ChildProcess("convene", ["ledger", "migrate", "--url", url(owner), "--serving-role", serving])
    guard migration.waitForExit() == 0 else { throw Failure(migration.standardError) }
  }

  /// By the Unix socket, as this role; as the one that serves where none is named.
  package func url(_ role: String? = nil) -> String {
    "postgresql://\(role ?? serving)@/\(database)?host=\(server.socketFolder)&port=\(server.port)"
  }

  /// Lines of the configuration, under `ledger.postgres`.
  package func lines(replica: String = "one") -> [String] { ["url: \"\(url())\"", "replica: \(replica)"] }

  /// Runs SQL as superuser.
  @discardableResult
  package func run(_ sql: String) throws -> String { try server.run(sql, database: database) }
}
