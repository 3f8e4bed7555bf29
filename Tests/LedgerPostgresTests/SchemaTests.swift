import EventLoop
import LedgerPostgres
import TestKit
import Testing

/// A database of its own, migrated as its owner, with a role that serves.
struct MigratedDatabase {
  let server: PostgresServer
  let name: String
  var owner: String { "\(name)_owner" }
  var serving: String { "\(name)_serving" }

  init(on server: PostgresServer, isMigrated: Bool = true) throws {
    self.server = server
    name = try server.makeDatabase()
    try server.run("CREATE ROLE \(name)_owner LOGIN; CREATE ROLE \(name)_serving LOGIN")
    try server.run("GRANT CREATE ON DATABASE \(name) TO \(name)_owner")
    if isMigrated { try migrate() }
  }

  @discardableResult
  func migrate(as role: String? = nil) throws(PostgresError) -> (before: Int64, after: Int64) {
    let connection = try server.connect(name, user: role ?? owner)
    return try PostgresMigration.run(on: connection, serving: serving, by: patience)
  }

  func connect() throws(PostgresError) -> PostgresConnection { try server.connect(name, user: serving) }

  /// Begins as a replica.
  ///
  /// - Returns: the writer's number.
  func open(_ connection: PostgresConnection) throws -> Int64 {
    let row = try connection.run(
      "SELECT writer FROM convene.open_v1('replica', '\\x01', 'example', 10000000)", by: patience)
    return try unwrap(row.integer(0, 0), "no writer")
  }

  func run(_ sql: String) throws -> String { try server.run(sql, database: name) }
}

@Suite struct SchemaTests {
  let server: PostgresServer

  init() throws { server = try PostgresServer.shared.get() }

  @Test func whatIsMigratedStaysAsItIs() throws {
    let database = try MigratedDatabase(on: server, isMigrated: false)
    #expect(try database.migrate() == (0, PostgresSchema.version))
    let id = try unwrap(
      database.connect().run("SELECT writer FROM convene.open_v1('replica', '', 'example', 1)", by: patience).integer(
        0, 0), "no writer")
    #expect(try database.migrate() == (PostgresSchema.version, PostgresSchema.version))
    #expect(try database.run("SELECT id FROM convene.writers") == "\(id)")
  }

  @Test func manyMigrateAtOnceAndOneDoesIt() throws {
    let database = try MigratedDatabase(on: server, isMigrated: false)
    let found = try concurrently(6) { _ in try database.migrate().before }
    #expect(found.sorted() == [0] + [Int64](repeating: PostgresSchema.version, count: 5))
    #expect(try database.run("SELECT count(*) FROM convene.meta") == "1")
  }

  @Test func whoeverMayNotMigrateLeavesNothingBehind() throws {
    let database = try MigratedDatabase(on: server, isMigrated: false)
    #expect(kind { try database.migrate(as: database.serving) } == .permission)
    try database.migrate()
    #expect(kind { try database.migrate(as: database.serving) } == .permission)
  }

  @Test func aMigrationThatFailsHalfwayIsNone() throws {
    let database = try MigratedDatabase(on: server, isMigrated: false)
    let connection = try server.connect(database.name, user: database.owner)
    #expect(kind { try PostgresMigration.run(on: connection, serving: "no such role", by: patience) } == .other)
    #expect(try database.run("SELECT count(*) FROM pg_namespace WHERE nspname = 'convene'") == "0")
    try database.migrate()
  }

  @Test func aNewerSchemaIsRefusedByName() throws {
    let database = try MigratedDatabase(on: server)
    _ = try database.run("UPDATE convene.meta SET version = 9")
    let error = failure { try database.migrate() }
    #expect(error?.kind == .schema)
    #expect(error?.text.contains("convene is of version 9") == true)
    let connection = try database.connect()
    // A later version that this program can still be served from, and one that it can't.
    _ = try PostgresCheck.run(on: connection, by: patience)
    _ = try database.run("UPDATE convene.meta SET oldest_reader = 9")
    #expect(kind { try PostgresCheck.run(on: connection, by: patience) } == .schema)
  }

  @Test func aDatabaseWithoutASchemaIsRefused() throws {
    let database = try MigratedDatabase(on: server, isMigrated: false)
    let connection = try database.connect()
    let error = failure { try PostgresCheck.run(on: connection, by: patience) }
    #expect(error?.kind == .schema)
    #expect(error?.text.contains("convene ledger migrate") == true)
  }

  @Test func namesOfSchemasAreNoSQL() {
    for name in ["", "A", "a b", "a;b", "pg_a", "public", "1a", "ä", String(repeating: "a", count: 64), "a\"b"] {
      #expect(PostgresSchema(name) == nil, "\(name)")
    }
    #expect(PostgresSchema("convene_2")?.name == "convene_2")
  }

  @Test func withoutAStandbyThereIsAWarning() throws {
    let database = try MigratedDatabase(on: server)
    #expect(try PostgresCheck.run(on: database.connect(), by: patience).count == 1)
  }

  @Test(arguments: [
    ("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "off"), ("synchronous_commit", "local"),
    ("synchronous_commit", "remote_write"), ("default_transaction_isolation", "serializable"),
  ])
  func aServerThatCouldForgetIsRefused(_ setting: String, _ value: String) throws {
    let server = try PostgresServer { $0.settings[setting] = value }
    let database = try MigratedDatabase(on: server)
    let error = failure { try PostgresCheck.run(on: database.connect(), by: patience) }
    #expect(error?.kind == .settings)
    #expect(error?.text.contains("\(setting) is \(value)") == true)
  }

  /// The role that serves can't read or edit the record but through the functions.
  @Test func theServingRoleTouchesNoTable() throws {
    let database = try MigratedDatabase(on: server)
    let connection = try database.connect()
    let tables = try database.run(
      "SELECT c.relname FROM pg_class c WHERE relnamespace = 'convene'::regnamespace AND relkind IN ('r', 'p', 'S')"
    ).split(separator: "\n")
    #expect(tables.count >= 14)
    for table in tables {
      for sql in [
        "SELECT * FROM convene.\(table)", "INSERT INTO convene.\(table) DEFAULT VALUES", "DELETE FROM convene.\(table)",
        "TRUNCATE convene.\(table)", "DROP TABLE convene.\(table)", "ALTER TABLE convene.\(table) ADD COLUMN x int",
        "DO $$ BEGIN LOCK TABLE convene.\(table); END $$", "CREATE INDEX ON convene.\(table) ((1))",
        "COPY convene.\(table) TO STDOUT",
        "CREATE TRIGGER x BEFORE INSERT ON convene.\(table) FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
      ] where !(["writers_id_seq", "command_rows"].contains(table) && !sql.hasPrefix("SELECT")) {
        #expect(kind { try connection.run(sql, by: patience) } == .permission, "\(sql)")
      }
    }
    for sql in [
      "UPDATE convene.meta SET version = 7", "UPDATE convene.writers SET epoch = 7", "UPDATE convene.audit SET seq = 7",
      "UPDATE convene.audit_default SET seq = 7", "SELECT nextval('convene.writers_id_seq')",
      "CREATE TABLE convene.mine ()", "CREATE FUNCTION convene.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "CREATE OR REPLACE FUNCTION convene.heads_v1() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "DROP FUNCTION convene.heads_v1", "DROP SCHEMA convene CASCADE",
      "ALTER FUNCTION convene.heads_v1 SECURITY INVOKER",
      "SELECT convene.lock_writer(1, 1)", "SELECT convene.microseconds(now())", "SET ROLE \(database.owner)",
      "GRANT ALL ON convene.audit TO PUBLIC",
    ] {
      #expect(kind { try connection.run(sql, by: patience) } == .permission, "\(sql)")
    }
  }

  @Test func nothingOfTheCallersStandsInATablesPlace() throws {
    let database = try MigratedDatabase(on: server)
    let connection = try database.connect()
    let writer = try database.open(connection)
    for sql in [
      "CREATE TEMP TABLE writers (id bigint, epoch int, replica text, seq bigint, hash bytea, lease timestamptz)",
      "INSERT INTO writers VALUES (99, 1, 'false', 0, '', now())",
      "CREATE TEMP TABLE meta AS SELECT 99 AS version, 1 AS oldest_reader",
      "CREATE FUNCTION pg_temp.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT 'epoch'::timestamptz $$",
      "SET search_path = pg_temp, convene, pg_catalog",
    ] {
      _ = try connection.run(sql, by: patience)
    }
    #expect(try connection.run("SELECT version FROM convene.meta_v1()", by: patience).integer(0, 0) == 1)
    let heads = try connection.run("SELECT writer, lives FROM convene.heads_v1()", by: patience)
    #expect(heads.rows == 1)
    #expect(heads.integer(0, 0) == writer)
    #expect(heads.boolean(0, 1) == true)
  }
}
