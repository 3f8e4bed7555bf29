import JSON
import TestKit
import Testing

@Suite("A command whose outcome stays unknown", .timeLimit(.minutes(10)))
struct UndecidedTests {
  @Test("is not sent again once Telnyx may have forgotten it")
  func afterTheWindow() throws {
    let upstream = try ScriptedUpstream { _, _ in .last("") }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.upstreamLines = ["attempts: 1"]
    let first = try GatewayProcess(options)
    #expect(try first.create(GatewayProcess.command("c-1")).status == 504)
    #expect(first.terminate() == 0)
    try first.age(by: 60)

    let second = try first.restarted()
    let reply = try second.create(GatewayProcess.command("c-1"))
    Refused(409, "undecided", "10036").check(reply)
    #expect(reply.meta?["operation"]?.string == "/operations/c-1")
    #expect(try second.state(of: "c-1") == "unknown")
    Refused(422, "idempotency_conflict", "10027").check(try second.create(GatewayProcess.command("c-1", name: "other")))
    #expect(upstream.creates.count == 1, "the others only looked")
    #expect(
      try second.allRecords() == [Record("conflict", 409, id: "c-1"), Record("conflict", 422, id: "c-1")])
  }
}
