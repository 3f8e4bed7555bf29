import Glibc
import JSON
import TestKit
import Testing

/// Each has a server of its own, which fails in one way.
@Suite("A gateway whose ledger's database can't be written", .timeLimit(.minutes(30)))
struct SharedLedgerReadinessTests {
  let server: PostgresServer
  let ledger: SharedLedger
  let gateway: GatewayProcess
  let first: WireReply

  init() throws {
    server = try PostgresServer()
    ledger = try SharedLedger(on: server)
    let lines = ledger.lines()
    gateway = try GatewayProcess(before: SimulatorProcess()) { options in
      options.postgres = lines
      options.admin = true
    }
    first = try gateway.create(GatewayProcess.command("known"))
    #expect(first.status == 200)
  }

  private var hosts: String { "\(server.socketFolder):\(server.port)" }

  /// Waits for a reason; the one before may still be told.
  private func expectReason(_ start: String, _ more: String = "") throws {
    var text = ""
    do {
      try wait {
        // Whatever it is asked, nothing is sent, and nothing is called unknown.
        for reply in [
          try gateway.create(GatewayProcess.command("new", name: "new")),
          try gateway.create(GatewayProcess.command("known")), try gateway.call("GET", "/v2/operations/known"),
        ] {
          #expect(reply.status == 503 || text.isEmpty, "\(reply.text)")
        }
        text = try gateway.admin("/readyz").text
        return text.hasPrefix("the ledger can't be written: \(start)")
      }
    } catch {
      Issue.record("\(error): \(text)")
    }
    #expect(text.contains(more) && text.hasSuffix("Z)\n") && text.contains(" at \(hosts) (since 2"), "\(text)")
    let health = try ChildProcess("convene", ["health", "--ready", "--admin", gateway.addresses.last ?? ""])
    #expect(health.waitForExit() == 1)
    #expect(health.standardError.contains("answers 503: the ledger can't be written: "), "\(health.standardError)")
    let lines = ChildProcess.jsonLines(gateway.process.standardError)
    let reasons = lines.filter { $0["message"]?.string == "the ledger can't be written" }.compactMap {
      $0["reason"]?.string
    }
    #expect(reasons.contains { text.contains(": \($0) (since") }, "\(reasons)")
    // Each is told once.
    #expect(Set(reasons).count == reasons.count, "\(reasons)")
  }

  private func expectRecovery() throws {
    try wait { try gateway.admin("/readyz").status == 200 }
    #expect(try gateway.create(GatewayProcess.command("known")).body == first.body)
    #expect(try gateway.state(of: "known") == "done")
    #expect(try gateway.create(GatewayProcess.command("new", name: "new")).status == 200)
  }

  @Test("says so where the server has gone")
  func gone() throws {
    try server.stop(SIGQUIT)
    try expectReason("the database can't be reached")
    try server.start()
    try expectRecovery()
  }

  @Test("says so where the server says nothing any more")
  func silent() throws {
    try server.freeze(true)
    try expectReason("the database gives no answer")
    try server.freeze(false)
    try expectRecovery()
  }

  @Test(
    "says which of the things it is that somebody has to mend",
    arguments: [
      (
        "ALTER ROLE SERVING NOLOGIN", "the database and this process don't accept each other's password or certificate",
        "", "ALTER ROLE SERVING LOGIN"
      ),
      (
        "UPDATE convene.meta SET version = 2, oldest_reader = 2",
        "schema convene needs a program that knows version 2, and this one's is 1", "",
        "UPDATE convene.meta SET version = 1, oldest_reader = 1"
      ),
      (
        "ALTER ROLE SERVING SET synchronous_commit = off", "synchronous_commit is off, and must be on", "",
        "ALTER ROLE SERVING RESET synchronous_commit"
      ),
      (
        "ALTER DATABASE DATABASE CONNECTION LIMIT 0", "the database takes no more connections", "",
        "ALTER DATABASE DATABASE CONNECTION LIMIT -1"
      ),
      (
        """
        CREATE FUNCTION convene.full() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER full_disk BEFORE UPDATE ON convene.writers FOR EACH ROW EXECUTE FUNCTION convene.full()
        """, "the database's disk is full", "", "DROP FUNCTION convene.full() CASCADE"
      ),
      (
        "ALTER SYSTEM SET synchronous_standby_names = 'nobody'",
        "it isn't known whether the last transaction is committed", "a synchronous standby",
        "ALTER SYSTEM SET synchronous_standby_names = ''"
      ),
    ])
  func mended(failure: String, reason: String, more: String, remedy: String) throws {
    func run(_ sql: String) throws {
      try ledger.run(
        sql.replacing("SERVING", with: ledger.serving).replacing(
          "DATABASE DATABASE", with: "DATABASE \(ledger.database)"))
      try server.run("SELECT pg_reload_conf()")
    }
    try run(failure)
    if !failure.contains("TRIGGER"), !failure.contains("SYSTEM") {
      try server.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\(ledger.serving)'")
    }
    try expectReason(reason, more)
    try run(remedy)
    try expectRecovery()
  }
}
