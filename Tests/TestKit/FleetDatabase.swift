internal import Synchronization

/// A schema of its own on a server that others may use, too. It goes with this object.
package final class FleetDatabase: Sendable {
  /// Who serves: may call the schema's functions, and nothing else.
  package static let role = "convene"
  private static let number = Atomic<Int>(0)

  package let schema: String
  private let place: Mutex<PostgresServer>

  package init(on server: PostgresServer) throws {
    place = Mutex(server)
    schema = "fleet_\(Self.number.add(1, ordering: .relaxed).newValue)"
    try server.waitUntilReady()
    try server.run(
      """
      DO $$ BEGIN
        IF to_regrole('\(Self.role)') IS NULL THEN CREATE ROLE \(Self.role) LOGIN; END IF;
      END $$
      """)
    let migration = try ChildProcess(
      "convene",
      [
        "ledger", "migrate", "--url", Self.url([server.port], user: PostgresServer.user), "--schema", schema,
        "--serving-role", Self.role,
      ])
    guard migration.waitForExit() == 0 else {
      throw Failure("migrate: \(migration.standardOutput)\(migration.standardError)")
    }
    try watchTakings()
  }

  /// Where it is now.
  package var server: PostgresServer { place.withLock { $0 } }

  /// A standby is promoted.
  package func move(to standby: PostgresServer) { place.withLock { $0 = standby } }

  deinit { _ = try? server.run("DROP SCHEMA IF EXISTS \(schema) CASCADE") }

  /// What stands in `gateway.yaml` under `ledger.postgres`.
  ///
  /// - Parameter ports: of the servers, in the order in which they are tried.
  package func lines(replica: String, ports: [UInt16]) -> [String] {
    ["url: \"\(Self.url(ports, user: Self.role))\"", "schema: \(schema)", "replica: \(replica)"]
  }

  private static func url(_ ports: [UInt16], user: String) -> String {
    let hosts = ports.map { "127.0.0.1:\($0)" }.joined(separator: ",")
    return "postgresql://\(user)@\(hosts)/postgres?sslmode=disable"
  }

  /// Notes each time when a command gets another owner, with what the lease of the one before it was then.
  private func watchTakings() throws {
    try server.run(
      """
      CREATE TABLE \(schema).aged (row bigint PRIMARY KEY);
      CREATE TABLE \(schema).takings (command_id text, loser bigint, winner bigint, attempt int, state smallint, lease timestamptz,
        at timestamptz);
      CREATE FUNCTION \(schema).note_taking() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO \(schema).takings SELECT NEW.command_id, OLD.writer, NEW.writer, NEW.attempt, OLD.state,
          (SELECT lease FROM \(schema).writers w WHERE w.id = OLD.writer), clock_timestamp();
        RETURN NEW;
      END $$;
      CREATE TRIGGER taken AFTER UPDATE OF writer ON \(schema).commands FOR EACH ROW WHEN (OLD.writer <> NEW.writer)
        EXECUTE FUNCTION \(schema).note_taking()
      """)
  }

  /// All rows, for a reader.
  package func dump() throws -> String {
    try server.run(
      """
      SELECT 'writer', w::text FROM \(schema).writers w UNION ALL SELECT 'command', c::text FROM \(schema).commands c
      UNION ALL SELECT 'outcome', o::text FROM \(schema).outcomes o UNION ALL SELECT 'limit', l::text FROM \(schema).limits l
      UNION ALL SELECT 'taking', t::text FROM \(schema).takings t
      """)
  }

  /// Makes a command that isn't done older, as if a minute had passed since it was sent; once, since what it may have made at Telnyx keeps
  /// its own time.
  ///
  /// - Returns: whether there is nothing to wait for: no living replica is sending it. Not while no server answers.
  package func passWindow(_ commandID: String) throws -> Bool {
    let second = 1_000_000
    // It may be on its way to another one just now.
    let isIdle = try? server.run(
      """
      WITH young AS (INSERT INTO \(schema).aged SELECT row FROM \(schema).commands WHERE command_id = '\(commandID)'
        ON CONFLICT DO NOTHING RETURNING row)
      UPDATE \(schema).commands c SET first_wall = first_wall - \(61 * second), since_era = since_era - \(61 * second)
        FROM young WHERE c.row = young.row;
      SELECT NOT EXISTS (SELECT FROM \(schema).commands c JOIN \(schema).writers w ON w.id = c.writer
        LEFT JOIN \(schema).outcomes o ON o.row = c.row
        WHERE command_id = '\(commandID)' AND o.row IS NULL AND c.state = 1 AND w.lease > clock_timestamp())
      """)
    return isIdle == "t"
  }

  /// What `convene audit verify` says of the whole record.
  ///
  package func verify() throws -> String {
    try server.waitUntilReady()
    let verify = try ChildProcess(
      "convene",
      ["audit", "verify", "--url", Self.url([server.port], user: PostgresServer.user), "--schema", schema])
    guard verify.waitForExit() == 0 else {
      throw Failure("audit verify: \(verify.standardOutput)\(verify.standardError)")
    }
    return verify.standardOutput
  }
}
