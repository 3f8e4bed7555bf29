import JSON
import TestKit
import Testing

@Suite("A command whose outcome stays unknown", .timeLimit(.minutes(30)))
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

  @Test("is sent again only while the machine's own clock allows, too, where the calendar was set back")
  func clockSetBack() throws {
    let upstream = try ScriptedUpstream { number, _ in number == 1 ? .last("") : .hang }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.upstreamLines = ["attempts: 1"]
    let first = try GatewayProcess(options)
    #expect(try first.create(GatewayProcess.command("c-1")).status == 504)
    first.kill()
    // Five seconds are left; by the calendar alone it would be 35.
    try first.age(by: 40, byCalendar: 10)

    let second = try first.restarted { $0.upstreamLines = ["attempts: 4", "attempt_timeout: 5s"] }
    #expect(try second.create(GatewayProcess.command("c-1")).status == 504)
    #expect(upstream.creates.count == 2, "what hung for five seconds was the last")
  }
}
