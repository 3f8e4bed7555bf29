import Foundation
import JSON
import TestKit
import Testing

@Suite("The record of a gateway, for who reads it from outside", .timeLimit(.minutes(30)))
struct AuditReadingTests {
  private let simulator: SimulatorProcess
  private let gateway: GatewayProcess

  init() throws {
    simulator = try SimulatorProcess()
    gateway = try GatewayProcess(before: simulator)
  }

  private func audit(_ command: String, _ arguments: String...) throws -> ChildProcess {
    try ChildProcess(
      "convene", ["audit", command, "--config", gateway.scratch.path("gateway.yaml")] + arguments)
  }

  @Test("can be checked and printed after a kill, with the index of its log and without", arguments: [true, false])
  func killed(hasIndex: Bool) throws {
    for number in 1...3 {
      #expect(try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")).status == 200)
    }
    gateway.kill()
    #expect(FileManager.default.fileExists(atPath: gateway.scratch.path("ledger.db-wal")))
    if !hasIndex { try FileManager.default.removeItem(atPath: gateway.scratch.path("ledger.db-shm")) }
    let before = try gateway.scratch.bytes(ofFilesNamed: "ledger.db-wal")
    let verify = try audit("verify")
    #expect(verify.waitForExit() == 0)
    #expect(verify.standardOutput.hasPrefix("intact: 4 records"), "\(verify.standardOutput)\(verify.standardError)")
    let tail = try audit("tail")
    #expect(tail.waitForExit() == 0)
    #expect(ChildProcess.jsonLines(tail.standardOutput).map { $0["command_id"]?.string } == [nil, "c-1", "c-2", "c-3"])
    #expect(try gateway.scratch.bytes(ofFilesNamed: "ledger.db-wal") == before)
    let next = try gateway.restarted()
    #expect(try next.create(GatewayProcess.command("c-3", name: "n-3")).headers["idempotent-replayed"] == "true")
  }

  @Test("can be followed through an end and a new start of the gateway", arguments: [SIGTERM, SIGKILL])
  func restarted(signal: Int32) throws {
    #expect(try gateway.create(GatewayProcess.command("c-1", name: "n-1")).status == 200)
    let tail = try audit("tail", "-f")
    _ = try tail.lines(1, of: \.standardOutput) { $0["command_id"]?.string == "c-1" }
    gateway.process.signal(signal)
    _ = gateway.process.waitForExit()
    let next = try gateway.restarted()
    #expect(try next.create(GatewayProcess.command("c-2", name: "n-2")).status == 200)
    let lines = try tail.lines(4, of: \.standardOutput) { $0["seq"] != nil }
    #expect(lines.map { $0["seq"]?.integer } == [1, 2, 3, 4])
    for (line, after) in zip(lines, lines.dropFirst()) { #expect(after["prev"] == line["hash"]) }
    #expect(next.terminate() == 0)
    tail.signal(SIGTERM)
    #expect(tail.waitForExit() == 0)
  }

  @Test("can be checked again and again while commands go through")
  func busy() throws {
    let gateway = gateway
    let commands = Background {
      for number in 1...300 {
        let reply = try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)"))
        #expect(reply.status == 200)
      }
    }
    var checks = 0
    repeat {
      let verify = try audit("verify")
      #expect(verify.waitForExit() == 0, "\(verify.standardOutput)\(verify.standardError)")
      checks += 1
    } while !commands.isFinished || checks < 3
    try commands.value()
    let verify = try audit("verify")
    #expect(verify.waitForExit() == 0 && verify.standardOutput.hasPrefix("intact: 301 records"))
  }
}
