import Foundation
import TestKit
import Testing

@Suite("Standard output or error that is a file which the gateway needs", .timeLimit(.minutes(30)))
struct StreamGuardTests {
  private static let files = ["ledger.db", "ledger.db.lock", "gateway.yaml", "audit.jsonl", "audit.jsonl.1"]
  private static let streams = [">>", "2>>", "<&- >>", ">>x 2>>"]

  private func scratch() throws -> (GatewayProcess.Options, Scratch) {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.audit = "sinks: [{file: {path: audit.jsonl}}]" }
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    #expect(gateway.terminate() == 0)
    let audit = gateway.scratch.path("audit.jsonl")
    try FileManager.default.copyItem(atPath: audit, toPath: audit + ".1")
    return (gateway.options, gateway.scratch)
  }

  @Test(
    "ends each command before it writes a byte there", arguments: files,
    ["serve", "check", "audit query", "audit tail"])
  func refused(file: String, command: String) throws {
    let (options, scratch) = try scratch()
    let path = scratch.path(file)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    for stream in Self.streams {
      let line = "exec \"$0\" \(command) --config \(scratch.path("gateway.yaml")) \(stream) \"$1\""
      let process = try ChildProcess(
        "/bin/sh", ["-c", "cd \"$2\" && \(line)", ChildProcess.executable("convene").path, path, scratch.path(".")],
        environment: options.environment)
      #expect(process.waitForExit() == 1, "\(stream)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before, "\(stream)")
      let said = process.standardOutput + process.standardError
      if stream != ">>x 2>>" { #expect(said.contains("which the gateway needs"), "\(stream): \(said)") }
    }
  }

  @Test("is any other file: that gets what it is to get")
  func others() throws {
    let (options, scratch) = try scratch()
    let check = try ChildProcess(
      "/bin/sh",
      [
        "-c", "exec \"$0\" check --config \(scratch.path("gateway.yaml")) > \"$1\"",
        ChildProcess.executable("convene").path, scratch.path("report"),
      ], environment: options.environment)
    #expect(check.waitForExit() == 0, "\(check.standardError)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.path("report"))).count > 100)
  }
}
