import JSON
import TestKit
import Testing

@Suite("A command that a dead gateway left", .timeLimit(.minutes(10)))
struct ReconcileTests {
  @Test("is found at Telnyx in the background, and a repeat gets its conference")
  func found() throws {
    let simulator = try SimulatorProcess()
    let second = try left(by: "hang-after", at: simulator)
    try wait { try second.state(of: "c-1") == "done" }
    let reply = try second.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 200)
    #expect(reply.headers["idempotent-replayed"] == "true")
    #expect(try simulator.executed().map { $0["id"]?.string } == [reply.conferenceID])
    #expect(try simulator.received() == 1, "it was looked up, not sent again")
  }

  @Test("and that was never executed is forgotten, and a repeat is a new try")
  func absent() throws {
    let simulator = try SimulatorProcess()
    let second = try left(by: "hang-before", at: simulator)
    try wait { try second.state(of: "c-1") == nil }
    #expect(try second.create(GatewayProcess.command("c-1")).status == 200)
    #expect(try simulator.executed().count == 1)
  }

  /// A gateway is killed while it sends; its ledger's clock is set back by two minutes; another one starts on it.
  private func left(by fault: String, at simulator: SimulatorProcess) throws -> GatewayProcess {
    let first = try GatewayProcess(before: simulator)
    try simulator.queue(faults: fault)
    let client = try first.connect()
    try client.send(
      WireClient.request("POST", "/v2/conferences", GatewayProcess.command("c-1"), key: GatewayProcess.key))
    try simulator.waitForJournal { $0["creates_received"]?.integer == 1 }
    if fault == "hang-after" { try wait { try simulator.executed().count == 1 } }
    first.kill()
    try first.age(by: 120)
    return try first.restarted()
  }
}
