import JSON
import TestKit
import Testing

@Suite("Creating a conference", .timeLimit(.minutes(30)))
struct CreateTests {
  let simulator: SimulatorProcess
  let gateway: GatewayProcess

  init() throws {
    simulator = try SimulatorProcess()
    gateway = try GatewayProcess(before: simulator)
  }

  @Test("the caller gets Telnyx's reply, and Telnyx the gateway's token, not the caller's key")
  func create() throws {
    let reply = try gateway.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 200)
    let executed = try simulator.executed()
    #expect(executed.count == 1)
    #expect(executed.first?["id"]?.string == reply.conferenceID)
    #expect(executed.first?["authorization"]?.string == "Bearer \(SimulatorProcess.token)")
    #expect(executed.first?["headers"]?["via"]?.string == "1.1 convene")
  }

  @Test("a repeat gets the same reply and is executed once")
  func replay() throws {
    let first = try gateway.create(GatewayProcess.command("c-1"))
    let second = try gateway.create(GatewayProcess.command("c-1"))
    #expect(second.status == 200)
    #expect(second.body == first.body)
    #expect(second.headers["idempotent-replayed"] == "true")
    #expect(try simulator.journal()["creates_received"]?.integer == 1)
  }
}
