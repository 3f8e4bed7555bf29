import Foundation
import JSON
import TestKit
import Testing

@Suite("A ledger whose gateway was killed, opened by another name", .timeLimit(.minutes(30)))
struct LedgerNameTests {
  private let simulator: SimulatorProcess
  private let gateway: GatewayProcess
  private var file: String { gateway.scratch.path("ledger.db") }
  private var other: String { gateway.scratch.path("other.db") }

  init() throws {
    simulator = try SimulatorProcess()
    gateway = try GatewayProcess(before: simulator)
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    gateway.kill()
  }

  /// What `check` and `serve` say of the ledger at its other name; both must end with 1.
  private func refusal(_ wrapper: [String] = []) throws -> String {
    var options = gateway.options
    options.ledger = other
    options.wrapper = wrapper
    let start = try GatewayProcess.start(options, in: gateway.scratch)
    #expect(start.waitForExit() == 1)
    let command =
      try wrapper + [
        ChildProcess.executable("convene").path, "check", "--config", gateway.scratch.path("gateway.yaml"),
      ]
    let check = try ChildProcess(command[0], Array(command.dropFirst()), environment: options.environment)
    #expect(check.waitForExit() == 1)
    let said = ChildProcess.jsonLines(start.standardError).last?["error"]?.string ?? ""
    #expect(!said.isEmpty && check.standardError.contains(said), "\(check.standardError)")
    return said
  }

  @Test("without its log is refused, and with it knows its commands", arguments: ["moved", "copied"])
  func renamed(how: String) throws {
    if how == "moved" {
      try FileManager.default.moveItem(atPath: file, toPath: other)
    } else {
      try FileManager.default.copyItem(atPath: file, toPath: other)
    }
    #expect(try refusal().contains("\(other)-wal, is missing"))
    try FileManager.default.moveItem(atPath: "\(file)-wal", toPath: "\(other)-wal")
    let next = try gateway.restarted { $0.ledger = other }
    #expect(try next.create(GatewayProcess.command("c-1")).headers["idempotent-replayed"] == "true")
    #expect(try simulator.executed().count == 1)
  }

  @Test("that is mounted there alone is refused", .enabled("needs root", { TinyDisk.isPossible }))
  func mounted() throws {
    try Data().write(to: URL(fileURLWithPath: other))
    let mount = ["/usr/bin/unshare", "-m", "/bin/sh", "-c", "mount --bind \(file) \(other) && exec \"$0\" \"$@\""]
    #expect(try refusal(mount).contains("is mounted as a single file"))
    #expect(try simulator.executed().count == 1)
    // With its directory it has its own name, and its log beside it.
    let elsewhere = gateway.scratch.path("elsewhere")
    try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: true)
    let next = try gateway.restarted {
      $0.ledger = "\(elsewhere)/ledger.db"
      $0.wrapper = [
        "/usr/bin/unshare", "-m", "/bin/sh", "-c",
        "mount --bind \(gateway.scratch.path(".")) \(elsewhere) && exec \"$0\" \"$@\"",
      ]
    }
    #expect(try next.create(GatewayProcess.command("c-1")).headers["idempotent-replayed"] == "true")
    #expect(try simulator.executed().count == 1)
  }
}
