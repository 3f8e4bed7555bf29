import JSON
import TestKit
import Testing

@Suite("The circuit breaker", .timeLimit(.minutes(30)))
struct BreakerTests {
  @Test("spares a Telnyx that is down, says when to come back, and lets through again when it is up")
  func breaker() throws {
    let before = try SimulatorProcess()
    let address = try #require(before.addresses["http"])
    let gateway = try GatewayProcess(before: before) {
      $0.upstreamLines = ["attempts: 1"]
      $0.admin = true
    }
    let known = try gateway.create(GatewayProcess.command("known"))
    #expect(before.terminate() == 0)

    var reply = try gateway.create(GatewayProcess.command("c-0"))
    Refused(503, "not_sent", "10037").check(reply)
    var sent = 1
    while reply.meta?["kind"]?.string == "not_sent", sent < 30 {
      reply = try gateway.create(GatewayProcess.command("c-\(sent)"))
      sent += 1
    }
    Refused(503, "upstream_down", "10037").check(reply)
    #expect(try gateway.state(of: "c-\(sent - 1)") == nil)
    let replayed = try gateway.create(GatewayProcess.command("known"))
    #expect(replayed.body == known.body)
    #expect(try gateway.create("{}").status == 422)

    let after = try SimulatorProcess(address: address)
    try wait { try gateway.create(GatewayProcess.command("back")).status == 200 }
    #expect(try gateway.create(GatewayProcess.command("again", name: "again")).status == 200)
    #expect(try after.executed().count == 2)
    #expect(try gateway.allRecords().contains(Record("refused", 503, id: "c-\(sent - 1)")))
  }
}
