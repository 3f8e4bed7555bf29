import Foundation
import Glibc
import JSON
import TestKit
import Testing

/// A gateway ran on a file; its successors run on the database that the file was imported into.
@Suite("A ledger in a file that is imported into one that replicas share", .timeLimit(.minutes(30)))
struct SharedLedgerImportTests {
  /// 32 bytes of 7, obviously no key.
  private static let key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="

  let server: PostgresServer
  let simulator: SimulatorProcess

  init() throws {
    server = try PostgresServer.shared.get()
    simulator = try SimulatorProcess()
  }

  private struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  private func run(_ arguments: [String]) throws -> Outcome {
    let child = try start(arguments)
    return Outcome(status: child.waitForExit(), output: child.standardOutput, errors: child.standardError)
  }

  private func start(_ arguments: [String]) throws -> ChildProcess {
    try ChildProcess(
      "convene", arguments, environment: ["SIGNING_KEY": Self.key, "TELNYX_API_KEY": SimulatorProcess.token])
  }

  private func arguments(_ gateway: GatewayProcess, _ ledger: SharedLedger, _ more: [String] = []) -> [String] {
    ["ledger", "import", gateway.scratch.path("ledger.db"), "--url", ledger.url(ledger.owner)] + more
  }

  private func signed(_ options: inout GatewayProcess.Options) {
    options.audit = "{sinks: [stdout], checkpoint: {key: {env: SIGNING_KEY}, every: 3}}"
    options.environment["SIGNING_KEY"] = Self.key
  }

  /// What a gateway says that is started on the file again, and ends.
  private func refusal(_ gateway: GatewayProcess) throws -> String {
    let process = try GatewayProcess.start(gateway.options, in: gateway.scratch)
    #expect(process.waitForExit() == 1)
    let check = try run(["check", "--config", gateway.scratch.path("gateway.yaml")])
    #expect(check.status == 1 && check.errors.contains("import"), "\(check)")
    return process.standardError
  }

  private func counts(_ ledger: SharedLedger) throws -> String {
    try ledger.run(
      """
      SELECT (SELECT count(*) FROM convene.commands), (SELECT count(*) FROM convene.outcomes), (SELECT count(*) FROM convene.audit),
        (SELECT count(*) FROM convene.writers), (SELECT count(*) FROM convene.imports)
      """)
  }

  @Test("gives every replica its answers, its limits, what was in flight, and its record as it was")
  func whole() throws {
    let gateway = try GatewayProcess(before: simulator) { options in
      signed(&options)
      options.limits = ["{name: daily, per: organization, allow: 5, every: 24h, burst: 5}"]
    }
    let first = try gateway.create(GatewayProcess.command("c-1"))
    #expect(first.status == 200)
    #expect(try gateway.create(GatewayProcess.command("c-2", name: "other")).status == 200)
    // One is being sent when the process dies.
    try simulator.queue(faults: "hang-before")
    let received = try simulator.received()
    let client = try gateway.connect()
    try client.send(
      WireClient.request(
        "POST", "/v2/conferences", GatewayProcess.command("c-3", name: "third"), key: GatewayProcess.key))
    try wait { try simulator.received() == received + 1 }

    let ledger = try SharedLedger(on: server)
    let early = try run(arguments(gateway, ledger))
    #expect(early.status == 1 && early.errors.contains("another process has this ledger open"), "\(early)")
    gateway.kill()
    let lines = ChildProcess.jsonLines(
      try run(["audit", "export", "--ledger", gateway.scratch.path("ledger.db")]).output)

    let config = ["--config", gateway.scratch.path("gateway.yaml")]
    let done = try run(arguments(gateway, ledger, config))
    #expect(done.status == 0 && done.errors == "", "\(done)")
    #expect(done.output.contains("imported 3 commands, of 1 of which no outcome is known yet"), "\(done)")
    let before = try counts(ledger)
    #expect(try refusal(gateway).contains("was imported into \(ledger.database) (schema convene)"))
    let again = try run(arguments(gateway, ledger, config))
    #expect(
      again.status == 0 && again.output.contains("imported already, as writer 1; nothing was changed"), "\(again)")
    #expect(try counts(ledger) == before)
    // The file is read as before.
    let status = try run(["ledger", "status", "--ledger", gateway.scratch.path("ledger.db")])
    #expect(status.output.contains("imported   into \(ledger.database) (schema convene) at "), "\(status)")
    #expect(try run(["audit", "verify", "--ledger", gateway.scratch.path("ledger.db")]).status == 0)

    // Nobody has signed a list of heads yet.
    let audit = ["--url", ledger.url(ledger.owner)] + config
    let verified = try run(["audit", "verify"] + audit)
    #expect(verified.status == 0 && verified.output.contains("signed with"), "\(verified)")
    let exported = ChildProcess.jsonLines(try run(["audit", "export"] + audit).output).filter { $0["seq"] != nil }
    #expect(exported.count == lines.count + 2 && Array(exported.prefix(lines.count)) == lines)
    #expect(exported[lines.count]["decision"]?.string == "import")

    let replicas = try ["one", "two"].map { name in
      try gateway.restarted {
        $0.postgres = ledger.lines(replica: name)
        $0.scratch = nil
      }
    }
    for replica in replicas {
      let repeated = try replica.create(GatewayProcess.command("c-1"))
      #expect(repeated.status == 200 && repeated.body == first.body)
      #expect(repeated.headers["idempotent-replayed"] == "true")
      #expect(try replica.create(GatewayProcess.command("c-1", name: "changed")).status == 422)
    }
    try wait { try replicas[0].state(of: "c-3") == "unknown" }
    try wait {
      try ledger.run("SELECT count(*) FROM convene.audit WHERE decision = 'recovered' AND command_id = 'c-3'") == "1"
    }
    // Three of five were used.
    #expect(try replicas[0].create(GatewayProcess.command("c-4", name: "n-4")).status == 200)
    #expect(try replicas[1].create(GatewayProcess.command("c-5", name: "n-5")).status == 200)
    #expect(try replicas[0].create(GatewayProcess.command("c-6", name: "n-6")).status == 429)
    #expect(try simulator.executed().count == 4)
    for replica in replicas { #expect(replica.terminate() == 0) }
    let end = try run(["audit", "verify"] + audit)
    #expect(end.status == 0, "\(end)")
  }

  @Test(
    "is only the file's where the import is killed before it commits, and no gateway's while that isn't known",
    arguments: [
      (
        "CREATE TRIGGER stall BEFORE INSERT ON convene.outcomes FOR EACH STATEMENT EXECUTE FUNCTION convene.stall()",
        true
      ),
      (
        """
        CREATE CONSTRAINT TRIGGER stall AFTER INSERT ON convene.imports DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        EXECUTE FUNCTION convene.stall()
        """, false
      ),
    ])
  func killed(trigger: String, isFilesStill: Bool) throws {
    var gateway = try GatewayProcess(before: simulator)
    let first = try gateway.create(GatewayProcess.command("c-1"))
    #expect(gateway.terminate() == 0)
    let ledger = try SharedLedger(on: server)
    let empty = try counts(ledger)
    try ledger.run(
      """
      CREATE FUNCTION convene.stall() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$;
      \(trigger)
      """)
    let stalled = try start(arguments(gateway, ledger))
    let sleeping = "FROM pg_stat_activity WHERE datname = '\(ledger.database)' AND wait_event = 'PgSleep'"
    try wait { try server.run("SELECT count(*) \(sleeping)") == "1" }
    stalled.signal(SIGKILL)
    _ = stalled.waitForExit()
    if isFilesStill {
      gateway = try gateway.restarted()
      #expect(try gateway.create(GatewayProcess.command("c-1")).body == first.body)
      #expect(gateway.terminate() == 0)
    } else {
      #expect(try refusal(gateway).contains("run `convene ledger import` again, which finds out"))
    }
    try server.run("SELECT pg_terminate_backend(pid) \(sleeping)")
    try wait { try server.run("SELECT count(*) \(sleeping)") == "0" }
    #expect(try counts(ledger) == empty)
    try ledger.run("DROP FUNCTION convene.stall() CASCADE")
    let done = try run(arguments(gateway, ledger))
    #expect(done.status == 0 && done.output.contains("imported 1 commands"), "\(done)")
    let replica = try gateway.restarted { $0.postgres = ledger.lines() }
    #expect(try replica.create(GatewayProcess.command("c-1")).body == first.body)
  }

  @Test("is only the database's where the import is killed after that has committed")
  func killedBehind() throws {
    // Commits wait for a standby that there isn't, after they are done.
    let server = try PostgresServer()
    let gateway = try GatewayProcess(before: simulator)
    let first = try gateway.create(GatewayProcess.command("c-1"))
    #expect(gateway.terminate() == 0)
    let ledger = try SharedLedger(on: server)
    let other = try SharedLedger(on: server)
    func wait(for standby: String) throws {
      try server.run("ALTER SYSTEM SET synchronous_standby_names = '\(standby)'")
      try server.run("SELECT pg_reload_conf()")
      try TestKit.wait { try server.run("SHOW synchronous_standby_names") == standby }
    }
    try wait(for: "nobody")
    let stalled = try start(arguments(gateway, ledger, ["--commands-only"]))
    let waiting = "FROM pg_stat_activity WHERE datname = '\(ledger.database)' AND wait_event = 'SyncRep'"
    try TestKit.wait { try server.run("SELECT count(*) \(waiting)") == "1" }
    stalled.signal(SIGKILL)
    _ = stalled.waitForExit()
    try wait(for: "")
    try TestKit.wait { try server.run("SELECT count(*) \(waiting)") == "0" }
    let committed = try counts(ledger)
    #expect(try refusal(gateway).contains("it isn't known whether that was done"))
    let again = try run(arguments(gateway, ledger))
    #expect(again.status == 0 && again.output.contains("imported already, as writer 1"), "\(again)")
    #expect(try counts(ledger) == committed)
    #expect(try refusal(gateway).contains("which answers for its commands now"))
    // Into another one it can't be imported any more.
    let elsewhere = try run(arguments(gateway, other))
    #expect(elsewhere.status == 1 && elsewhere.errors.contains("was imported into \(ledger.database)"), "\(elsewhere)")
    let replica = try gateway.restarted { $0.postgres = ledger.lines() }
    #expect(try replica.create(GatewayProcess.command("c-1")).body == first.body)
    #expect(replica.terminate() == 0)
    let verified = try run(["audit", "verify", "--url", ledger.url(ledger.owner)])
    #expect(verified.status == 0, "\(verified)")
  }

  @Test(
    "can be one of several, whose pseudonyms are then found by either key, and whose ids don't contradict each other")
  func several() throws {
    try simulator.set(#"{"dedupe_seconds":0}"#)
    let gateways = try (0..<2).map { _ in try GatewayProcess(before: simulator) }
    for (place, gateway) in gateways.enumerated() {
      #expect(try gateway.create(GatewayProcess.command("own-\(place)", name: "own-\(place)")).status == 200)
      let both = try gateway.create(GatewayProcess.command("both"))
      #expect(both.status == 200)
      // Or the name would be taken.
      try simulator.end(try #require(both.json()["data"]?["id"]?.string))
      #expect(gateway.terminate() == 0)
    }
    let ledger = try SharedLedger(on: server)
    #expect(try run(arguments(gateways[0], ledger, ["--name", "pod-0"])).status == 0)
    let before = try counts(ledger)
    let (second, other) = (gateways[1], ["--allow-other-key"])
    for (more, reason) in [
      ([], "makes its pseudonyms with another key"),
      (other, "1 of its commands have ids that the database's ledger knows with another outcome: both."),
      (other + ["--keep-known", "--name", "pod-0"], "a replica of the database has the name pod-0"),
    ] as [([String], String)] {
      let refused = try run(arguments(second, ledger, more))
      #expect(refused.status == 1 && refused.output == "" && refused.errors.contains(reason), "\(refused)")
      #expect(try counts(ledger) == before)
    }
    // What is refused stays the file's.
    let running = try second.restarted()
    #expect(running.terminate() == 0)
    let done = try run(arguments(second, ledger, other + ["--keep-known", "--name", "pod-1"]))
    #expect(done.status == 0 && done.output.contains("imported 1 commands"), "\(done)")
    #expect(done.errors == "warning: 1 commands were left out, since the database has them already\n", "\(done)")

    let replica = try second.restarted { $0.postgres = ledger.lines() }
    for (id, name) in [("own-0", "own-0"), ("own-1", "own-1"), ("both", "daily")] {
      #expect(try replica.create(GatewayProcess.command(id, name: name)).headers["idempotent-replayed"] == "true")
    }
    #expect(replica.terminate() == 0)
    let audit = ["--url", ledger.url(ledger.owner)]
    let verified = try run(["audit", "verify"] + audit)
    #expect(verified.status == 0, "\(verified)")
    let found = try run(
      ["audit", "query", "--call-control-id", "v3:of-a-test", "--decision", "forwarded", "--format", "jsonl"] + audit)
    #expect(ChildProcess.jsonLines(found.output).count == 4, "\(found)")
    // Its name is nobody's to serve as.
    var options = second.options
    options.postgres = ledger.lines(replica: "pod-1")
    let thief = try GatewayProcess.start(options, in: second.scratch)
    #expect(thief.waitForExit() == 1 && thief.standardError.contains("is the name of a ledger that was imported"))
    // What says whose chain it is stands at its end.
    let last = try ledger.run("SELECT id FROM convene.writers WHERE replica = 'pod-1'")
    for (change, reason) in [
      (
        """
        UPDATE convene.writers SET replica = 'pod-2' WHERE replica = 'pod-0';
        UPDATE convene.writers SET replica = 'pod-0' WHERE replica = 'pod-1';
        UPDATE convene.writers SET replica = 'pod-1' WHERE replica = 'pod-2'
        """, "edited: writer 1, seq 1"
      ),
      (
        """
        DELETE FROM convene.audit WHERE decision = 'import' AND writer = \(last);
        UPDATE convene.writers w SET seq = a.seq, hash = a.hash
          FROM (SELECT seq, hash FROM convene.audit WHERE writer = \(last) ORDER BY seq DESC LIMIT 1) a WHERE w.id = \(last)
        """, "edited: writer \(last), seq 1"
      ),
    ] {
      try ledger.run("CREATE TABLE kept AS TABLE convene.writers; CREATE TABLE records AS TABLE convene.audit")
      try ledger.run(change)
      let tampered = try run(["audit", "verify"] + audit)
      #expect(tampered.status != 0 && tampered.errors.contains(reason), "\(tampered)")
      try ledger.run(
        """
        UPDATE convene.writers w SET replica = 'x' || k.id, seq = k.seq, hash = k.hash FROM kept k WHERE k.id = w.id;
        UPDATE convene.writers w SET replica = k.replica FROM kept k WHERE k.id = w.id;
        DELETE FROM convene.audit; INSERT INTO convene.audit TABLE records; DROP TABLE kept, records
        """)
    }
    #expect(try run(["audit", "verify"] + audit).status == 0)
    try ledger.run("UPDATE convene.meta SET organization = 'somebody'")
    let third = try GatewayProcess(before: simulator)
    #expect(third.terminate() == 0)
    let stranger = try run(arguments(third, ledger, other))
    #expect(
      stranger.status == 1 && stranger.errors.contains("is the organization somebody's, and this one is example's"))
  }

  @Test("keeps what vouches for a record of which the oldest part was dropped, and shows what is changed later")
  func pruned() throws {
    var gateway = try GatewayProcess(before: simulator) { options in
      signed(&options)
      options.ledgerLines = ["keep: {audit: 1d}"]
    }
    for number in 1...4 { _ = try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")) }
    #expect(gateway.terminate() == 0)
    try GatewayProcess.change(gateway.scratch, "UPDATE audit SET time = time - 172800000000 WHERE seq <= 4")
    gateway = try gateway.restarted()
    _ = try gateway.create(GatewayProcess.command("c-5", name: "n-5"))
    let path = gateway.scratch.path("ledger.db")
    try wait {
      let status = try JSONValue.parse(Array(try run(["ledger", "status", "--ledger", path, "--json"]).output.utf8))
      return status["records"]?["first"]?.integer ?? 0 > 1
    }
    #expect(gateway.terminate() == 0)
    let ledger = try SharedLedger(on: server)
    let keyless = try run(arguments(gateway, ledger))
    #expect(keyless.status == 1 && keyless.errors.contains("name the configuration that has the key"), "\(keyless)")
    let config = ["--config", gateway.scratch.path("gateway.yaml")]
    let done = try run(arguments(gateway, ledger, config))
    #expect(done.status == 0, "\(done)")
    let audit = ["audit", "verify", "--url", ledger.url(ledger.owner)] + config
    let verified = try run(audit)
    #expect(verified.status == 0 && verified.output.contains("signed with"), "\(verified)")
    // Of the days that its records were written on there are partitions.
    #expect(try ledger.run("SELECT count(*) FROM convene.audit_default") == "0")
    try ledger.run("DELETE FROM convene.audit WHERE seq > (SELECT seq FROM convene.audit WHERE decision = 'import')")
    let cut = try run(audit)
    #expect(cut.status != 0 && cut.errors.contains("truncated: writer 1"), "\(cut)")
  }

  @Test("leaves a record behind that isn't whole, where that is wanted")
  func broken() throws {
    let gateway = try GatewayProcess(before: simulator)
    let first = try gateway.create(GatewayProcess.command("c-1"))
    #expect(gateway.terminate() == 0)
    try GatewayProcess.change(gateway.scratch, "UPDATE audit SET record = replace(record, 'c-1', 'c-2')")
    let ledger = try SharedLedger(on: server)
    let refused = try run(arguments(gateway, ledger))
    #expect(refused.status == 1 && refused.errors.contains("the record isn't whole: edited"), "\(refused)")
    let done = try run(arguments(gateway, ledger, ["--commands-only"]))
    #expect(done.status == 0 && done.output.contains("and not its record"), "\(done)")
    let verified = try run(["audit", "verify", "--url", ledger.url(ledger.owner)])
    #expect(verified.status == 0, "\(verified)")
    let replica = try gateway.restarted { $0.postgres = ledger.lines() }
    #expect(try replica.create(GatewayProcess.command("c-1")).body == first.body)
    let missing = try run(
      ["ledger", "import", gateway.scratch.path("gone.db"), "--url", ledger.url(ledger.owner)])
    #expect(missing.status == 1 && missing.errors.contains("gone.db"))
    #expect(!FileManager.default.fileExists(atPath: gateway.scratch.path("gone.db")))
    let stranger = try run(["ledger", "import", gateway.scratch.path("ledger.db"), "--url", ledger.url()])
    #expect(stranger.status == 1, "\(stranger)")
  }
}
