import EventLoop
import LedgerPostgres
import TestKit
import Testing

/// What a process that serves has begun, and does not end.
@Suite("The server's patience with a replica", .timeLimit(.minutes(30)))
struct TimeoutTests {
  private let server: PostgresServer
  private let database: MigratedDatabase
  private let connection: PostgresConnection

  init() throws {
    server = try PostgresServer.shared.get()
    database = try MigratedDatabase(on: server)
    try PostgresTimeouts.set(on: database.connect(), by: patience)
    // A later one, as a pooler may hand it out.
    connection = try database.connect()
  }

  @Test("ends a transaction in which nothing happens, and lets others have its rows")
  func idle() throws {
    let writer = try database.open(connection)
    _ = try connection.run("BEGIN", by: patience)
    _ = try connection.run("SELECT convene.renew_v1(\(writer), 1, 1000000, NULL)", by: patience)
    let other = try database.connect()
    #expect(
      failure { try other.run("SELECT convene.renew_v1(\(writer), 1, 1000000, NULL)", by: patience) }?.sqlState
        == "55P03")
    try wait {
      (try? other.run("SELECT convene.renew_v1(\(writer), 1, 1000000, NULL)", by: patience)) != nil
    }
    #expect(kind { try connection.run("COMMIT", by: patience) } == .outcomeUnknown)
  }

  @Test("ends a statement that waits for a lock, or runs on")
  func running() throws {
    let owner = try server.connect(database.name, user: database.owner)
    _ = try owner.run("BEGIN", by: patience)
    _ = try owner.run("LOCK TABLE convene.meta IN ACCESS EXCLUSIVE MODE", by: patience)
    #expect(kind { try connection.run("SELECT * FROM convene.meta_v1()", by: patience) } == .transient)
    _ = try owner.run("ROLLBACK", by: patience)
    #expect(kind { try connection.run("SELECT pg_sleep(600)", by: patience) } == .cancelled)
    _ = try connection.run("SELECT * FROM convene.meta_v1()", by: patience)
  }

  @Test("is what somebody else has set, where somebody has")
  func own() throws {
    let database = try MigratedDatabase(on: server)
    try server.run("ALTER ROLE \(database.serving) SET statement_timeout = '7s'")
    try server.run("ALTER DATABASE \(database.name) SET lock_timeout = '3s'")
    for _ in 0..<2 {
      let connection = try database.connect()
      try PostgresTimeouts.set(on: connection, by: patience)
      for connection in [connection, try database.connect()] {
        let found = try connection.run(
          "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout')",
          by: patience)
        #expect((0..<3).map { found.text(0, $0) } == ["7s", "3s", "5s"])
      }
    }
    // Neither the one that owns the schema nor the one that reads the record is hurried.
    let owner = try server.connect(database.name, user: database.owner)
    #expect(try owner.run("SELECT current_setting('statement_timeout')", by: patience).text(0, 0) == "0")
  }

  @Test("is set by many at once")
  func together() throws {
    let database = try MigratedDatabase(on: server)
    _ = try concurrently(6) { _ in try PostgresTimeouts.set(on: database.connect(), by: patience) }
    #expect(
      try database.connect().run("SELECT current_setting('statement_timeout')", by: patience).text(0, 0) == "10s")
  }
}
