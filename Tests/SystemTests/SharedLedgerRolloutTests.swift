import Foundation
import JSON
import TestKit
import Testing

/// A newer version's schema under gateways of this one, and what else a ledger's database may be while gateways run.
@Suite("A ledger that replicas share, while it is looked after", .timeLimit(.minutes(30)))
struct SharedLedgerRolloutTests {
  let simulator: SimulatorProcess

  init() throws { simulator = try SimulatorProcess() }

  private func run(_ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
    let child = try ChildProcess("convene", arguments, environment: ["TELNYX_API_KEY": "a-token"])
    return (child.waitForExit(), child.standardOutput, child.standardError)
  }

  @Test("is served from while a newer version's schema says that this version may, and not any more when it says so")
  func versions() throws {
    let ledger = try SharedLedger(on: try PostgresServer.shared.get())
    let gateway = try GatewayProcess(before: simulator) { $0.postgres = ledger.lines() }
    let first = try gateway.create(GatewayProcess.command("c-1", name: "n-1"))
    // Expanded: what there is stays, and there is more.
    try ledger.run(
      """
      ALTER TABLE convene.writers ADD COLUMN more int; ALTER TABLE convene.commands ADD COLUMN more int DEFAULT 7;
      ALTER TABLE convene.outcomes ADD COLUMN more text; ALTER TABLE convene.audit ADD COLUMN more text;
      ALTER TABLE convene.meta ADD COLUMN more text; ALTER TABLE convene.limits ADD COLUMN more int;
      CREATE FUNCTION convene.meta_v2() RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;
      UPDATE convene.meta SET version = 2
      """)
    #expect(try gateway.create(GatewayProcess.command("c-1", name: "n-1")).body == first.body)
    #expect(try gateway.create(GatewayProcess.command("c-2", name: "n-2")).status == 200)
    let next = try gateway.restarted {
      $0.postgres = ledger.lines(replica: "two")
      $0.scratch = nil
    }
    #expect(try next.create(GatewayProcess.command("c-1", name: "n-1")).body == first.body)
    #expect(try next.create(GatewayProcess.command("c-3", name: "n-3")).status == 200)
    let path = next.scratch.path("gateway.yaml")
    #expect(try run(["check", "--config", path]).status == 0)
    let status = try run(["ledger", "status", "--config", path])
    #expect(status.status == 0 && status.output.contains("convene, version 2"), "\(status)")
    let verified = try run(["audit", "verify", "--url", ledger.url(ledger.owner)])
    #expect(verified.status == 0, "\(verified)")
    let older = try run(["ledger", "migrate", "--url", ledger.url(ledger.owner), "--serving-role", ledger.serving])
    #expect(older.status == 1 && older.errors.contains("is of version 2"), "\(older)")

    // Contracted: only once no gateway of the older version runs any more.
    try ledger.run("UPDATE convene.meta SET oldest_reader = 2")
    #expect(try gateway.create(GatewayProcess.command("c-4", name: "n-4")).status == 200)
    #expect(next.terminate() == 0)
    let reason = "schema convene needs a program that knows version 2, and this one's is 1"
    let refused = try GatewayProcess.start(next.options, in: next.scratch)
    #expect(refused.waitForExit() == 1 && refused.standardError.contains(reason), "\(refused.standardError)")
    let check = try run(["check", "--config", path])
    #expect(check.status == 1 && check.errors.contains(reason), "\(check)")
    let audit = try run(["audit", "verify", "--url", ledger.url(ledger.owner)])
    #expect(audit.status == 1 && audit.errors.contains("is of version 2"), "\(audit)")
  }

  @Test("tells how far its standbys are, to a role that may see them")
  func standbys() throws {
    let primary = try PostgresServer()
    let ledger = try SharedLedger(on: primary)
    let standby = try PostgresServer { $0.primary = primary }
    defer { withExtendedLifetime(standby) {} }
    var options = GatewayProcess.Options(upstream: "https://api.telnyx.com/v2")
    options.postgres = ledger.lines()
    let path = try GatewayProcess.write(options, to: try scratch.get())
    func status() throws -> (lines: [String], json: JSONValue) {
      let text = try run(["ledger", "status", "--config", path])
      let lines = text.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
      return (lines, try JSONValue.parse(Array(try run(["ledger", "status", "--config", path, "--json"]).output.utf8)))
    }
    func wait(for synchrony: String, _ names: String) throws {
      try primary.run("ALTER SYSTEM SET synchronous_standby_names = '\(names)'")
      try primary.run("SELECT pg_reload_conf()")
      try TestKit.wait { try primary.run("SELECT sync_state FROM pg_stat_replication") == synchrony }
    }
    try wait(for: "async", "")
    let hidden = try status()
    #expect(hidden.lines.contains("standby not visible to this role (GRANT pg_monitor)"), "\(hidden.lines)")
    #expect(hidden.json["standbys"] == .null)
    try primary.run("GRANT pg_monitor TO \(ledger.serving)")
    let asynchronous = try status()
    #expect(asynchronous.lines.contains { $0.hasPrefix("standby standby, async, ") }, "\(asynchronous.lines)")
    #expect(asynchronous.lines.contains { $0.hasPrefix("warning no synchronous standby") })
    try wait(for: "sync", "standby")
    try TestKit.wait { try status().lines.contains("standby standby, sync, 0 bytes behind") }
    let synchronous = try status()
    #expect(!synchronous.lines.contains { $0.hasPrefix("warning") }, "\(synchronous.lines)")
    let shown = synchronous.json["standbys"]?.array?.first
    #expect(shown?["name"]?.string == "standby" && shown?["sync"]?.string == "sync")
    #expect(shown?["lag_bytes"]?.integer != nil)
    // A gateway that has one serves without a warning, and the standby is read from as well.
    try standby.waitUntilReady()
    #expect(try run(["audit", "verify", "--url", standbyURL(ledger, standby)]).status == 0)
  }

  private let scratch = Result { try Scratch() }

  private func standbyURL(_ ledger: SharedLedger, _ standby: PostgresServer) -> String {
    "postgresql://\(ledger.owner)@/\(ledger.database)?host=\(standby.socketFolder)&port=\(standby.port)"
  }

  @Test("knows its sinks' files: check finds one that is another ledger's")
  func sinks() throws {
    let ledger = try SharedLedger(on: try PostgresServer.shared.get())
    func gateway(_ change: @escaping (inout GatewayProcess.Options) -> Void) throws -> GatewayProcess {
      let scratch = try Scratch()
      return try GatewayProcess(before: simulator) { options in
        options.scratch = scratch
        options.audit = "sinks: [{file: {path: \(scratch.path("audit.jsonl"))}}]"
        change(&options)
      }
    }
    let lines = ledger.lines()
    let own = try gateway { $0.postgres = lines }
    let other = try gateway { _ in }
    for (place, gateway) in [own, other].enumerated() {
      #expect(try gateway.create(GatewayProcess.command("c-\(place)", name: "n-\(place)")).status == 200)
      #expect(gateway.terminate() == 0)
    }
    let (path, file) = (own.scratch.path("gateway.yaml"), own.scratch.path("audit.jsonl"))
    let whole = try run(["check", "--config", path])
    #expect(whole.status == 0, "\(whole)")
    try FileManager.default.removeItem(atPath: file)
    try FileManager.default.copyItem(atPath: other.scratch.path("audit.jsonl"), toPath: file)
    let foreign = try run(["check", "--config", path])
    #expect(foreign.status == 1 && foreign.errors.contains("audit.sinks: \(file)"), "\(foreign)")
    let refused = try GatewayProcess.start(own.options, in: own.scratch)
    #expect(refused.waitForExit() == 1 && refused.standardError.contains(file), "\(refused.standardError)")
    try FileManager.default.removeItem(atPath: file)
    #expect(try run(["check", "--config", path]).status == 0)
  }
}
