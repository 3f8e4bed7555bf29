import Foundation
import JSON
import TestKit
import Testing

@Suite("The command line of a ledger that replicas share", .timeLimit(.minutes(30)))
struct SharedLedgerCommandTests {
  let server: PostgresServer
  let scratch: Scratch

  init() throws {
    server = try PostgresServer.shared.get()
    scratch = try Scratch()
  }

  private func run(
    _ arguments: [String], environment: [String: String] = ["TELNYX_API_KEY": "a-token"]
  ) throws -> (status: Int32, output: String, errors: String) {
    let child = try ChildProcess("convene", arguments, environment: environment)
    return (child.waitForExit(), child.standardOutput, child.standardError)
  }

  /// - Returns: the path of a configuration with these lines under `ledger.postgres`, which begins at line 11.
  private func configuration(_ lines: [String]) throws -> String {
    var options = GatewayProcess.Options(upstream: "https://api.telnyx.com/v2")
    options.postgres = lines
    return try GatewayProcess.write(options, to: scratch)
  }

  private func migrate(_ ledger: SharedLedger, _ more: [String] = []) -> [String] {
    ["ledger", "migrate", "--url", ledger.url(ledger.owner), "--serving-role", ledger.serving] + more
  }

  @Test("migrate makes the schema once, and says what it found and made")
  func migration() throws {
    let ledger = try SharedLedger(on: server, isMigrated: false)
    let first = try run(migrate(ledger))
    #expect(first.status == 0 && first.errors == "", "\(first)")
    #expect(
      first.output
        == "schema convene of database \(ledger.database): made, version 1; role \(ledger.serving) may serve from it\n")
    // Whoever reads the record may do nothing else.
    try server.run("CREATE ROLE \(ledger.database)_reader LOGIN")
    let reader = "\(ledger.database)_reader"
    #expect(try run(["audit", "verify", "--url", ledger.url(reader)]).status == 1)
    let second = try run(migrate(ledger, ["--auditing-role", reader]))
    let audit = try run(["audit", "verify", "--url", ledger.url(reader)])
    #expect(audit.status == 0, "\(audit)")
    #expect(second.status == 0 && second.output.contains(": version 1 already; "), "\(second)")
    #expect(try ledger.run("SELECT version FROM convene.meta") == "1")
    // What is served is named by the configuration: its database, its schema and its role.
    let path = try configuration(ledger.lines() + ["schema: other"])
    let other = try run(["ledger", "migrate", "--config", path, "--url", ledger.url(ledger.owner)])
    #expect(other.status == 0 && other.output.hasPrefix("schema other of database"), "\(other)")
    #expect(try run(["check", "--config", path]).status == 0)
  }

  @Test("migrate makes nothing where a role could edit the record it writes, and tells of one that can all the same")
  func roles() throws {
    let ledger = try SharedLedger(on: server, isMigrated: false)
    let path = try configuration(ledger.lines())
    for arguments in [["--config", path], ["--url", ledger.url(), "--serving-role", ledger.serving]] {
      let same = try run(["ledger", "migrate"] + arguments)
      #expect(same.status == 1 && same.errors.contains("can't both own the ledger and serve from it"), "\(same)")
    }
    let stranger = try run(["ledger", "migrate", "--url", ledger.url(), "--serving-role", ledger.owner])
    #expect(
      stranger.status == 1 && stranger.errors.contains("needs CREATE on database \(ledger.database)"), "\(stranger)")
    #expect(try ledger.run("SELECT count(*) FROM pg_namespace WHERE nspname = 'convene'") == "0")
    let unknown = try run(["ledger", "migrate", "--url", ledger.url(ledger.owner), "--serving-role", "nobody at all"])
    #expect(unknown.status == 1 && unknown.errors.contains("nobody at all"), "\(unknown)")
    try server.run("GRANT \(ledger.owner) TO \(ledger.serving)")
    let member = try run(migrate(ledger))
    #expect(
      member.status == 0 && member.errors.contains("warning: role \(ledger.serving) is a superuser, or a member of"))
  }

  @Test(
    "migrate takes no password on the command line, and repeats none",
    arguments: [
      "postgresql://owner:opensesame@h/d", "postgresql://owner@h/d?password=opensesame", "opensesame",
    ])
  func password(url: String) throws {
    let refused = try run(["ledger", "migrate", "--url", url, "--serving-role", "convene"])
    #expect(refused.status == 2 && refused.output == "", "\(refused)")
    #expect(refused.errors.contains("--url must") && !refused.errors.contains("opensesame"), "\(refused.errors)")
  }

  @Test("migrate says which other ledger the configuration has")
  func file() throws {
    let path = try GatewayProcess.write(GatewayProcess.Options(upstream: "https://api.telnyx.com/v2"), to: scratch)
    let refused = try run(["ledger", "migrate", "--config", path])
    #expect(refused.status == 1 && refused.errors.contains("has no ledger.postgres"), "\(refused)")
  }

  @Test("check asks the database, and warns where its own disk is all that it has")
  func check() throws {
    let ledger = try SharedLedger(on: server)
    let path = try configuration(ledger.lines())
    let check = try run(["check", "--config", path])
    #expect(check.status == 0, "\(check)")
    #expect(
      check.errors.hasPrefix("\(path):11:10: warning: ledger.postgres: no synchronous standby"), "\(check.errors)")
    #expect(check.output.contains("schema convene, as replica one"), "\(check.output)")
    // A lookup of variables would find another database, or none.
    let misled = try run(
      ["check", "--config", path],
      environment: [
        "TELNYX_API_KEY": "a-token", "PGHOST": "nowhere.invalid", "PGUSER": "nobody", "PGOPTIONS": "-cfsync=on",
      ])
    #expect(misled.status == 0, "\(misled)")
  }

  @Test("migrate says for how long records are kept at least; check and serve warn where the configuration wants less")
  func keeping() throws {
    let ledger = try SharedLedger(on: server)
    var options = GatewayProcess.Options(upstream: "https://api.telnyx.com/v2")
    (options.postgres, options.ledgerLines) = (ledger.lines(), ["keep: {audit: 60d}"])
    let path = try GatewayProcess.write(options, to: scratch)
    let warning = "ledger.keep.audit is 60d, and schema convene keeps records for"
    let before = try run(["check", "--config", path])
    #expect(before.status == 0 && before.errors.contains("\(warning) 90d at least"), "\(before)")
    let longer = try run(migrate(ledger) + ["--keep-audit", "61d"])
    #expect(longer.status == 0 && longer.output.contains("; records are kept for 61d at least; "), "\(longer)")
    #expect(try run(["check", "--config", path]).errors.contains("\(warning) 61d at least"))
    let gateway = try ChildProcess(
      "convene", ["serve", "--config", path], environment: ["TELNYX_API_KEY": "a-token"])
    _ = try gateway.lines(1, of: \.standardError) {
      $0["level"]?.string == "warning" && $0["message"]?.string?.hasPrefix("\(warning) 61d at least") == true
    }
    gateway.signal(SIGTERM)
    #expect(gateway.waitForExit() == 0)
    #expect(try run(migrate(ledger) + ["--keep-audit", "60d"]).status == 0)
    #expect(try !run(["check", "--config", path]).errors.contains("ledger.keep.audit"))
    // It stays, where nothing is said of it.
    #expect(try run(migrate(ledger)).status == 0)
    let status = try run(["ledger", "status", "--config", path])
    #expect(status.output.contains("keeps      records for 60d at least\n"), "\(status)")
    let json = try JSONValue.parse(Array(try run(["ledger", "status", "--config", path, "--json"]).output.utf8))
    #expect(json["keep_audit_ms"]?.integer == 5_184_000_000)
    for wrong in ["0d", "-1d", "+2d", "1", "1h", "d", "4000d", ""] {
      #expect(try run(migrate(ledger) + ["--keep-audit=\(wrong)"]).status == 2, "\(wrong)")
    }
  }

  @Test("check finds a database that can't be served from, and says where the file speaks of it")
  func unservable() throws {
    let ledger = try SharedLedger(on: server, isMigrated: false)
    // Of listeners that have gone, whose ports nobody else gets.
    let (first, second) = (try LoopbackListener().port, try LoopbackListener().port)
    let cases = [
      (ledger.url(), ["no schema convene here: `convene ledger migrate` makes it"]),
      (
        "postgresql://\(ledger.serving)@127.0.0.1:\(first),127.0.0.1:\(second)/d?sslmode=disable",
        ["no connection to the database at 127.0.0.1:\(first), 127.0.0.1:\(second): ", "refused"]
      ),
      ("postgresql://\(ledger.serving)@/gone?host=\(server.socketFolder)&port=\(server.port)", ["gone", "3D000"]),
      ("postgresql://gone@/\(ledger.database)?host=\(server.socketFolder)&port=\(server.port)", ["gone", "28000"]),
    ]
    for (url, words) in cases {
      let check = try run(["check", "--config", try configuration(["url: \"\(url)\"", "replica: one"])])
      #expect(check.status == 1 && check.output == "", "\(check)")
      #expect(
        check.errors.hasPrefix("\(scratch.path("gateway.yaml")):11:10: error: ledger.postgres: "), "\(check.errors)")
      for word in words { #expect(check.errors.contains(word), "\(check.errors)") }
    }
  }

  @Test("check gives up on hosts that take connections and say nothing, and names each")
  func silent() throws {
    let (first, second) = (try LoopbackListener(), try LoopbackListener())
    let url = "postgresql://c@127.0.0.1:\(first.port),127.0.0.1:\(second.port)/d?sslmode=disable"
    let check = try run(["check", "--config", try configuration(["url: \"\(url)\"", "replica: one"])])
    #expect(check.status == 1)
    #expect(
      check.errors.contains("no connection to the database at 127.0.0.1:\(first.port), 127.0.0.1:\(second.port): "),
      "\(check.errors)"
    )
  }

  @Test("check --no-secrets asks no database")
  func noSecrets() throws {
    let url = "postgresql://c@nowhere.invalid/d?sslrootcert=gone.pem&sslcert=gone.pem&sslkey=gone.pem"
    let path = try configuration(["url: \"\(url)\"", "replica: one", "password: {file: gone}"])
    let check = try run(["check", "--config", path, "--no-secrets"], environment: [:])
    #expect(check.status == 0 && check.errors == "", "\(check)")
  }

  @Test("status shows replicas, what is in flight and what is of unknown outcome")
  func status() throws {
    let ledger = try SharedLedger(on: server)
    let path = try configuration(ledger.lines())
    let empty = try run(["ledger", "status", "--config", path])
    #expect(empty.status == 0 && empty.errors == "", "\(empty)")
    try ledger.run(
      """
      INSERT INTO convene.writers (replica, process, begun, lease, oldest_row, newest_row, seq) VALUES
        ('pod-1/8080', '', now(), now() + interval '60 hours 30 minutes', 2, 4, 7),
        ('pod-2/8080', '', now(), now() - interval '30 hours 30 minutes', NULL, 9, 3);
      INSERT INTO convene.commands (row, command_id, team, caller, fingerprint, keyless, state, writer, first_wall, era, since_era,
          name, body)
        SELECT r, 'id-' || r, 't', 'c', '', false, s, w, (extract(epoch FROM now() - r * interval '1 hour') * 1e6)::bigint, 0, 0,
          'n', '' FROM (VALUES (1, 1, 1), (2, 1, 1), (3, 1, 1), (4, 1, 1), (5, 3, 2), (6, 3, 2), (7, 3, 2)) x(r, s, w);
      INSERT INTO convene.outcomes (row, settled, writer, status, fields, reply) VALUES (3, 0, 1, 200, '', ''), (6, 0, 1, 200, '', '')
      """)
    let text = try run(["ledger", "status", "--config", path])
    #expect(text.status == 0 && text.errors == "", "\(text)")
    let lines = text.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    for line in [
      "schema convene, version 1", "in flight 2, the oldest for 4h 0m", "unknown 2, the oldest for 7h 0m",
      "standby none",
      "REPLICA WRITER ALIVE LEASE RECORDS IN FLIGHT UNKNOWN", "pod-1/8080 1 yes for 2d 12h 7 2 0",
      "pod-2/8080 2 no over since 1d 6h 3 0 2",
    ] {
      #expect(lines.contains(line), "\(line) in \(text.output)")
    }
    #expect(lines.contains { $0.hasPrefix("server PostgreSQL ") })
    #expect(lines.contains { $0.hasPrefix("warning no synchronous standby") })

    let json = try JSONValue.parse(Array(try run(["ledger", "status", "--config", path, "--json"]).output.utf8))
    #expect(json["in_flight"]?["count"]?.integer == 2 && json["unknown"]?["count"]?.integer == 2)
    #expect(json["version"]?.integer == 1 && json["schema"]?.string == "convene" && json["standbys"]?.array?.count == 0)
    let replicas = json["replicas"]?.array ?? []
    #expect(replicas.compactMap { $0["name"]?.string } == ["pod-1/8080", "pod-2/8080"])
    #expect(replicas.first?["alive"] == .boolean(true) && replicas.last?["alive"] == .boolean(false))
    #expect((replicas.last?["lease_ms"]?.integer ?? 0) <= -30 * 3_600_000)
    #expect((replicas.last?["unknown"]?["oldest_ms"]?.integer ?? 0) >= 7 * 3_600_000)
    #expect(replicas.first?["unknown"]?["oldest_ms"] == .null)
  }

  @Test("status ends with 1 where there is nothing to show, and says why")
  func noStatus() throws {
    let ledger = try SharedLedger(on: server, isMigrated: false)
    let unmade = try run(["ledger", "status", "--config", try configuration(ledger.lines())])
    #expect(unmade.status == 1 && unmade.output == "" && unmade.errors.contains("`convene ledger migrate` makes it"))
    let missing = try run(["ledger", "status", "--ledger", scratch.path("gone.db")])
    #expect(missing.status == 1 && missing.errors.contains("gone.db"), "\(missing)")
    var options = GatewayProcess.Options(upstream: "https://api.telnyx.com/v2")
    options.ledger = ":memory:"
    let memory = try run(["ledger", "status", "--config", try GatewayProcess.write(options, to: scratch)])
    #expect(memory.status == 1 && memory.errors.contains("in memory"), "\(memory)")
  }

  @Test("status of a ledger in a file shows its records and what has no outcome")
  func ofFile() throws {
    let gateway = try GatewayProcess(before: SimulatorProcess())
    let path = gateway.scratch.path("gateway.yaml")
    #expect(try gateway.create(GatewayProcess.command("one")).status == 200)
    try gateway.audit(1)
    let running = try run(["ledger", "status", "--config", path])
    #expect(running.status == 0 && running.errors == "", "\(running)")
    let lines = running.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    #expect(lines.dropFirst() == ["records 1 to 2", "in flight 0", "unknown 0"], "\(running.output)")
    #expect(gateway.terminate() == 0)
    try gateway.reopen("one")
    let json = try JSONValue.parse(
      Array(try run(["ledger", "status", "--ledger", gateway.scratch.path("ledger.db"), "--json"]).output.utf8))
    #expect(json["unknown"]?["count"]?.integer == 1 && json["in_flight"]?["count"]?.integer == 0)
    #expect(json["records"]?["first"]?.integer == 1)
  }
}
