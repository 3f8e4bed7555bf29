import Certificates
import Foundation
import Glibc
import JSON
import TestKit
import Testing

/// A server that takes nobody without TLS and without a password, or a certificate of `pinned`.
private struct GuardedServer {
  let scratch: Scratch
  let authority: TestAuthority
  let server: PostgresServer
  let ledger: SharedLedger

  init() throws {
    let scratch = try Scratch()
    let authority = try TestAuthority("ours", in: scratch)
    let pair = try authority.sign("server")
    let path = authority.path
    (self.scratch, self.authority) = (scratch, authority)
    server = try PostgresServer {
      $0.tls = pair
      $0.access = ["local all all trust", "hostssl all pinned all cert", "hostssl all all all scram-sha-256"]
      $0.authority = path
    }
    ledger = try SharedLedger(on: server, isMigrated: false)
    try server.run("CREATE ROLE pinned LOGIN")
    for role in [ledger.owner, ledger.serving] { try give(role, "first-\(role)") }
    try scratch.write("first-\(ledger.owner)\n", to: "owner")
    try scratch.write("first-\(ledger.serving)\n", to: "serving")
  }

  func give(_ role: String, _ password: String) throws {
    try server.run("ALTER ROLE \(role) PASSWORD '\(password)'")
  }

  func url(_ role: String, _ parameters: String = "&channel_binding=require", authority path: String? = nil) -> String {
    "postgresql://\(role)@127.0.0.1:\(server.port)/\(ledger.database)?sslrootcert=\(path ?? authority.path)\(parameters)"
  }

  func migrate(_ url: String? = nil, passwordFile: String? = nil) throws -> ChildProcess {
    let process = try ChildProcess(
      "convene",
      [
        "ledger", "migrate", "--url", url ?? self.url(ledger.owner), "--serving-role", ledger.serving,
        "--password-file", passwordFile ?? scratch.path("owner"),
      ], environment: ["PGPASSWORD": "first-\(ledger.owner)", "PGSSLMODE": "disable"])
    _ = process.waitForExit()
    return process
  }
}

@Suite("A ledger that replicas share, behind TLS", .timeLimit(.minutes(30)))
struct SharedLedgerSecurityTests {
  @Test("is migrated, checked and shown as roles with passwords, to a server that has proved who it is")
  func commands() throws {
    let site = try GuardedServer()
    let other = try TestAuthority("other", in: site.scratch)
    try site.scratch.write("wrong-example\n", to: "wrong")
    let refused = [
      try site.migrate(site.url(site.ledger.owner, authority: other.path)),
      try site.migrate(site.url(site.ledger.owner, "").replacing("127.0.0.1", with: "127.0.0.2")),
      try site.migrate(passwordFile: site.scratch.path("wrong")),
    ]
    for process in refused {
      #expect(process.waitForExit() == 1 && process.standardOutput == "", "\(process.standardError)")
      #expect(!process.standardError.contains("wrong-example") && !process.standardError.contains("first-"))
    }
    #expect(refused[0].standardError.contains("certificate"), "\(refused[0].standardError)")
    #expect(refused[2].standardError.contains("password authentication failed"), "\(refused[2].standardError)")
    // $PGPASSWORD would be the right one.
    let none = try ChildProcess(
      "convene", ["ledger", "migrate", "--url", site.url(site.ledger.owner), "--serving-role", "x"],
      environment: ["PGPASSWORD": "first-\(site.ledger.owner)"])
    #expect(none.waitForExit() == 1 && none.standardError.contains("password"), "\(none.standardError)")
    let migrated = try site.migrate()
    #expect(migrated.waitForExit() == 0, "\(migrated.standardError)")

    var options = GatewayProcess.Options(upstream: "https://api.telnyx.com/v2")
    options.postgres = [
      "url: \"\(site.url(site.ledger.serving))\"", "replica: one", "password: {file: \(site.scratch.path("serving"))}",
    ]
    let path = try GatewayProcess.write(options, to: site.scratch)
    for arguments in [["check"], ["ledger", "status"]] {
      let process = try ChildProcess(
        "convene", arguments + ["--config", path], environment: ["TELNYX_API_KEY": "a-token", "PGPASSWORD": "wrong"])
      #expect(process.waitForExit() == 0, "\(process.standardError)")
    }
    try site.scratch.write("wrong-example\n", to: "serving")
    for arguments in [["check"], ["ledger", "status"]] {
      let process = try ChildProcess(
        "convene", arguments + ["--config", path], environment: ["TELNYX_API_KEY": "a-token"])
      #expect(process.waitForExit() == 1 && process.standardError.contains("password authentication failed"))
      #expect(!process.standardError.contains("wrong-example"))
    }
  }

  @Test("is shown as a role that has a certificate and no password")
  func certificate() throws {
    let site = try GuardedServer()
    #expect(try site.migrate().waitForExit() == 0)
    let again = try ChildProcess(
      "convene",
      ["ledger", "migrate", "--url", site.ledger.url(site.ledger.owner), "--serving-role", "pinned"])
    #expect(again.waitForExit() == 0, "\(again.standardError)")
    let pair = try site.authority.signClient("pinned", nil) { $0.name = "pinned" }
    // libpq reads no key that others could read.
    chmod(pair.key, 0o600)
    var options = GatewayProcess.Options(upstream: "https://api.telnyx.com/v2")
    options.postgres = [
      "url: \"\(site.url("pinned", "&sslcert=\(pair.certificate)&sslkey=\(pair.key)"))\"", "replica: one",
    ]
    let path = try GatewayProcess.write(options, to: site.scratch)
    let status = try ChildProcess("convene", ["ledger", "status", "--config", path])
    #expect(status.waitForExit() == 0, "\(status.standardError)")
  }

  @Test("goes on with another password when the file has it, without a restart")
  func rotation() throws {
    let site = try GuardedServer()
    #expect(try site.migrate().waitForExit() == 0)
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.postgres = [
        "url: \"\(site.url(site.ledger.serving))\"", "replica: one",
        "password: {file: \(site.scratch.path("serving"))}",
      ]
    }
    #expect(try gateway.create(GatewayProcess.command("before")).status == 200)
    try site.give(site.ledger.serving, "second-example")
    try site.scratch.write("second-example\n", to: "serving")
    _ = try gateway.process.lines(1, of: \.standardError) {
      $0["message"]?.string == "the ledger's password was read anew"
    }
    try site.server.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\(site.ledger.serving)'")
    try wait { try gateway.create(GatewayProcess.command("after", name: "weekly")).status == 200 }
    #expect(!gateway.process.standardError.contains("second-example"))
  }
}
