import JSON
import TestKit
import Testing

@Suite("A ledger in memory", .timeLimit(.minutes(30)))
struct MemoryLedgerTests {
  let simulator: SimulatorProcess
  let gateway: GatewayProcess

  init() throws {
    simulator = try SimulatorProcess()
    gateway = try GatewayProcess(before: simulator) { $0.ledger = ":memory:" }
  }

  @Test("remembers commands, conflicts and outcomes as one on disk does, and leaves no file")
  func remembers() throws {
    let first = try gateway.create(GatewayProcess.command("c-1"))
    let second = try gateway.create(GatewayProcess.command("c-1"))
    #expect(second.body == first.body)
    #expect(second.headers["idempotent-replayed"] == "true")
    #expect(try gateway.create(GatewayProcess.command("c-1", name: "other")).code == "10027")
    #expect(try gateway.call("GET", "/v2/operations/c-1").json()["data"]?["state"]?.string == "done")
    #expect(try simulator.received() == 1)
    #expect(try gateway.scratch.bytes(ofFilesNamed: ":memory:").isEmpty)
    #expect(try gateway.scratch.bytes(ofFilesNamed: "ledger").isEmpty)
  }
}
