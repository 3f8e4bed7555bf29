import EventLoop
import Gateway
import LedgerPostgres
import Logging
import Synchronization
import TestKit

/// A ledger in a schema of its own, of the PostgreSQL that all tests of this process share.
final class PostgresScene: Sendable {
  private static let count = Mutex(0)

  let schema: PostgresSchema
  let server: PostgresServer

  /// - Parameter own: a server that the test may end; nil = the shared one.
  init(on own: PostgresServer? = nil) throws {
    server = try own ?? PostgresServer.shared.get()
    let number = Self.count.withLock { count in
      count += 1
      return count
    }
    schema = try unwrap(PostgresSchema("scene_\(number)"), "no name of a schema")
    try PostgresMigration.run(on: connect(), schema: schema, serving: PostgresServer.user, by: patience)
  }

  private var patience: MonotonicTime { .now + .seconds(30) }

  var connection: PostgresSettings {
    var settings = PostgresSettings(
      hosts: [.init(server.socketFolder, port: server.port)], user: PostgresServer.user, database: "postgres")
    settings.tls = .disable
    return settings
  }

  func connect() throws(PostgresError) -> PostgresConnection { try PostgresConnection(connection, by: patience) }

  /// - Parameter usesServerClock: or a test's.
  func storage(
    replica: String = "one", usesServerClock: Bool = false, lease: Duration? = nil, logger: Logger = quiet
  ) -> PostgresStorage {
    var settings = PostgresLedgerSettings(connection: connection, replica: replica)
    settings.schema = schema
    settings.organization = "example"
    settings.usesServerClock = usesServerClock
    if let lease { settings.lease = lease }
    return PostgresStorage(settings, logger: logger)
  }

  /// - Parameter sql: `SCHEMA` stands for the schema's name.
  func rows(_ sql: String) throws -> [[UInt8]] {
    let sql = sql.split(separator: "SCHEMA", omittingEmptySubsequences: false).joined(separator: schema.name)
    let result = try connect().run(sql, by: patience)
    return (0..<result.rows).map { result.bytes($0, 0) ?? [] }
  }

  func integer(_ sql: String) throws -> Int {
    let sql = sql.split(separator: "SCHEMA", omittingEmptySubsequences: false).joined(separator: schema.name)
    return Int(try connect().run(sql, by: patience).integer(0, 0) ?? -1)
  }

  func texts(_ sql: String) throws -> [String] { try rows(sql).map { String(decoding: $0, as: UTF8.self) } }
}
