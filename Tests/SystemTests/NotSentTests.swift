import JSON
import TestKit
import Testing

@Suite("A command that can't be sent", .timeLimit(.minutes(30)))
struct NotSentTests {
  @Test("is told so with a time to wait, and a repeat is a new try")
  func refusedConnection() throws {
    let address: String
    do {
      // Nobody listens where somebody has just stopped listening.
      let gone = try SimulatorProcess()
      address = gone.httpURL
      #expect(gone.terminate() == 0)
    }
    let gateway = try GatewayProcess(.init(upstream: address))
    for _ in 1...2 {
      Refused(503, "not_sent", "10037").check(try gateway.create(GatewayProcess.command("c-1")))
      #expect(try gateway.state(of: "c-1") == nil)
    }
    let records = try gateway.recordsAtEnd()
    #expect(records.map { Record($0) } == Array(repeating: Record("forwarded", 503, id: "c-1"), count: 2))
    #expect(records.first?["upstream"]?["code"]?.string == "connect")
    #expect(records.first?["upstream"]?["attempts"]?.integer == 3)
    #expect(records.first?["upstream"]?["status"] == nil)
  }

  @Test("after one that may have arrived is unknown, not unsent")
  func afterLostSend() throws {
    let simulator = try SimulatorProcess(["--fault", "hang-before"])
    let gateway = try GatewayProcess(before: simulator) { $0.upstreamLines = ["attempts: 2"] }
    let reply = Background { try gateway.create(GatewayProcess.command("c-1")) }
    try wait { try simulator.received() == 1 }
    // The send is lost with the simulator, and the resend finds nobody.
    #expect(simulator.terminate() == 0)
    Refused(504, "outcome_unknown", "10008").check(try reply.value())
    #expect(try gateway.state(of: "c-1") == "unknown")
    let upstreamRecord = try gateway.audit(1).first?["upstream"]
    #expect(upstreamRecord?["attempts"]?.integer == 2)
    #expect(upstreamRecord?["code"]?.string == "connect")
  }
}
