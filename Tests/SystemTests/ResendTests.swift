import JSON
import TestKit
import Testing

/// Against a server that keeps every byte.
@Suite("A resend", .timeLimit(.minutes(30)))
struct ResendTests {
  private static let ok = ScriptedUpstream.ok(ScriptedUpstream.conference)

  private func gateway(before upstream: ScriptedUpstream, _ lines: String...) throws -> GatewayProcess {
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.upstreamLines = lines
    options.policy = ["beep_enabled: {default: on_enter}"]
    return try GatewayProcess(options)
  }

  @Test("is the same bytes with the same command id, as many times as configured", arguments: [1, 2, 5])
  func sameBytes(attempts: Int) throws {
    let upstream = try ScriptedUpstream { _, _ in .last("") }
    let gateway = try gateway(before: upstream, "attempts: \(attempts)")
    Refused(504, "outcome_unknown", "10008").check(try gateway.create(GatewayProcess.command("c-1")))
    #expect(upstream.requests.count == attempts)
    let traces = upstream.requests.map { $0.lines(named: "traceparent") }
    #expect(Set(traces).count == attempts, "each attempt is a part of the trace by itself")
    #expect(Set(zip(upstream.requests, traces).map { $0.head.replacing($1.joined(), with: "") }).count == 1)
    let bodies = Set(upstream.requests.map { String(decoding: $0.body, as: UTF8.self) })
    #expect(
      bodies == [#"{"call_control_id":"v3:of-a-test","name":"daily","beep_enabled":"on_enter","command_id":"c-1"}"#])
  }

  @Test("is the gateway's decision, never libcurl's: a kept connection that dies takes one send with it")
  func neverByLibcurl() throws {
    let upstream = try ScriptedUpstream { number, _ in number == 2 ? .last("") : .reply(Self.ok) }
    let gateway = try gateway(before: upstream, "attempts: 1")
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    #expect(try gateway.create(GatewayProcess.command("c-2")).status == 504)
    #expect(upstream.requests.count == 2)
    #expect(try gateway.create(GatewayProcess.command("c-3")).status == 200)
    #expect(upstream.requests.count == 3)
  }

  @Test("is not needed where Telnyx closes an idle connection: what was not answered was counted")
  func closedIdle() throws {
    let simulator = try SimulatorProcess(["--fault", "close-idle"])
    let gateway = try GatewayProcess(before: simulator)
    for number in 1...20 {
      #expect(try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")).status == 200)
    }
    let attempts = try gateway.audit(20).compactMap { $0["upstream"]?["attempts"]?.integer }.reduce(0, +)
    #expect(try simulator.received() <= attempts)
    #expect(try simulator.executed().count == 20)
  }

  @Test("does not follow a reply that is too large to be Telnyx's; nothing of it is kept")
  func oversized() throws {
    let large = #"{"data":{"id":"x","filler":""# + String(repeating: "x", count: 1 << 20) + #""}}"#
    let upstream = try ScriptedUpstream { _, _ in .reply(ScriptedUpstream.ok(large)) }
    let gateway = try gateway(before: upstream, "attempts: 2")
    Refused(504, "outcome_unknown", "10008").check(try gateway.create(GatewayProcess.command("c-1")))
    #expect(upstream.requests.count == 2)
    #expect(try gateway.audit(1).first?["upstream"]?["code"]?.string == "reply_too_large")
  }

  @Test("that is told the name is taken asks whose it is")
  func nameTaken() throws {
    let simulator = try SimulatorProcess(["--dedupe-seconds", "0"])
    let gateway = try GatewayProcess(before: simulator)
    try simulator.queue(faults: "close-after")
    let found = try gateway.create(GatewayProcess.command("c-1"))
    #expect(found.status == 200)
    #expect(try simulator.received() == 2)
    #expect(try simulator.executed().map { $0["id"]?.string } == [found.conferenceID])
    #expect(try gateway.state(of: "c-1") == "done")
    let upstream = try #require(try gateway.audit(1).first?["upstream"])
    #expect(upstream["status"]?.integer == 422)
    #expect(upstream["code"]?.string == "90033")
    // The first send itself being told so is an answer like any other.
    let other = try gateway.create(GatewayProcess.command("c-2"))
    #expect(other.status == 422)
    #expect(other.code == "90033")
    #expect(try gateway.state(of: "c-2") == nil)
  }

  @Test("that is told the name is taken is not answered with the conference of whoever has it")
  func nameTakenByAnother() throws {
    let simulator = try SimulatorProcess(["--dedupe-seconds", "0"])
    let gateway = try GatewayProcess(before: simulator)
    let first = try gateway.create(GatewayProcess.command("c-1"))
    #expect(first.status == 200)
    // The same call and the same name. It is never executed.
    try simulator.queue(faults: "reset-before")
    Refused(504, "outcome_unknown", "10008").check(try gateway.create(GatewayProcess.command("c-2")))
    #expect(try gateway.state(of: "c-2") == "unknown")
    #expect(try gateway.create(GatewayProcess.command("c-1")).conferenceID == first.conferenceID)
    #expect(try simulator.executed().count == 1)
  }

  @Test("of a repeat within the window is the same bytes again, whatever policy says by now")
  func repeated() throws {
    let upstream = try ScriptedUpstream { number, _ in number <= 2 ? .last("") : .reply(Self.ok) }
    let first = try gateway(before: upstream, "attempts: 2")
    #expect(try first.create(GatewayProcess.command("c-1")).status == 504)
    first.kill()
    let second = try first.restarted { $0.policy = ["beep_enabled: {force: never}"] }
    let reply = try second.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 200)
    #expect(reply.headers["convene-command-id"] == "c-1")
    #expect(upstream.requests.count == 3)
    #expect(Set(upstream.requests.map(\.body)).count == 1)
    #expect(try second.state(of: "c-1") == "done")
  }
}
