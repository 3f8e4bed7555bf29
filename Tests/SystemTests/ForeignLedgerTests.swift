import Foundation
import TestKit
import Testing

@Suite("Another user's ledger", .timeLimit(.minutes(30)), .enabled(if: geteuid() == 0, "only root can become others"))
struct ForeignLedgerTests {
  private static let nobody = "65534"

  /// What of a ledger nobody may not read or write, while a gateway runs or afterwards.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let isRunning: Bool
    /// By the file's name behind the ledger's.
    let modes: [String: Int]
    /// Behind the ledger's path.
    let refused: String
  }

  static let cases = [
    Case(testDescription: "its file", isRunning: false, modes: ["": 0o600], refused: ""),
    Case(
      testDescription: "its log", isRunning: true, modes: ["": 0o644, "-wal": 0o600, "-shm": 0o666], refused: "-wal"),
    Case(
      testDescription: "its log's index", isRunning: true, modes: ["": 0o644, "-wal": 0o644, "-shm": 0o644],
      refused: "-shm"),
  ]

  @Test("is told as that, with whose it is", arguments: cases, ["verify", "query"])
  func refused(_ test: Case, command: String) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    if !test.isRunning { #expect(gateway.terminate() == 0) }
    let ledger = gateway.scratch.path("ledger.db")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: gateway.scratch.path(""))
    for (name, mode) in test.modes {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: ledger + name)
    }
    let convene = try ChildProcess.executable("convene").path
    let child = try ChildProcess(
      "/usr/bin/setpriv",
      ["--reuid", Self.nobody, "--regid", Self.nobody, "--clear-groups", convene, "audit", command, "--ledger", ledger])
    #expect(child.waitForExit() == 1)
    #expect(
      child.standardError
        == "\(ledger)\(test.refused): permission denied: run this as the gateway's user (uid 0), or as root\n")
  }
}
