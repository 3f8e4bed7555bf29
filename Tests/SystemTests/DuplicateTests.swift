import Foundation
import JSON
import TestKit
import Testing

@Suite("Duplicates in flight", .timeLimit(.minutes(30)))
struct DuplicateTests {
  @Test("are executed once, and all get the one answer", arguments: [1, 2])
  func oneAnswer(workers: Int) throws {
    let simulator = try SimulatorProcess(["--fault", "delay=200"])
    let gateway = try GatewayProcess(before: simulator) { $0.server = ["workers: \(workers)"] }
    let replies = try concurrently(16) { _ in try gateway.create(GatewayProcess.command("c-1")) }
    #expect(replies.allSatisfy { $0.status == 200 })
    #expect(Set(replies.map(\.body)).count == 1)
    #expect(replies.count { $0.headers["idempotent-replayed"] == nil } == 1)
    #expect(try simulator.received() == 1)
    let records = try gateway.allRecords()
    #expect(records.count { $0 == Record("forwarded", 200, id: "c-1") } == 1)
    #expect(records.count { $0 == Record("replayed", 200, id: "c-1") } == 15)
  }

  @Test("get the first one's refusal, too")
  func refused() throws {
    let simulator = try SimulatorProcess(["--fault", "delay=200,status=422"])
    let gateway = try GatewayProcess(before: simulator)
    let replies = try concurrently(4) { _ in try gateway.create(GatewayProcess.command("c-1")) }
    #expect(replies.allSatisfy { $0.status == 422 && $0.code == "10027" })
    #expect(try gateway.state(of: "c-1") == nil)
  }

  @Test("with another body are refused at once")
  func otherBody() throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _, _ in
      gate.pass()
      return .reply(ScriptedUpstream.ok(ScriptedUpstream.conference))
    }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    let first = Background { try gateway.create(GatewayProcess.command("c-1")) }
    try wait { upstream.requests.count == 1 }
    Refused(422, "idempotency_conflict", "10027").check(
      try gateway.create(GatewayProcess.command("c-1", name: "other")))
    #expect(!first.isFinished)
    gate.open()
    #expect(try first.value().status == 200)
  }

  @Test("wait no longer than their own deadline")
  func deadline() throws {
    let upstream = try ScriptedUpstream { _, _ in .hang }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.upstreamLines = ["connect_timeout: 1s", "attempt_timeout: 1s", "deadline: 1s"]
    let gateway = try GatewayProcess(options)
    // A request's time begins with its head, so a duplicate may have less of it left than the one it waits for: its head
    // comes first, its body last.
    let body = GatewayProcess.command("c-1")
    let request = WireClient.request(
      "POST", "/conferences", body, key: GatewayProcess.key, headers: ["Expect: 100-continue"])
    let duplicate = try gateway.connect()
    try duplicate.send(String(request.dropLast(body.count)))
    #expect(try duplicate.readReply().status == 100)
    usleep(100_000)
    let first = Background { try gateway.create(body) }
    try wait { upstream.requests.count == 1 }
    try duplicate.send(body)
    let reply = try duplicate.readReply()
    Refused(409, "in_flight", "10036").check(reply)
    #expect(reply.meta?["operation"]?.string == "/operations/c-1")
    Refused(504, "outcome_unknown", "10008").check(try first.value())
    #expect(try gateway.allRecords() == [Record("conflict", 409, id: "c-1"), Record("forwarded", 504, id: "c-1")])
  }

  @Test("of a command that stays unknown get the same answer as the first")
  func unknown() throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _, _ in
      gate.pass()
      return .last("")
    }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.upstreamLines = ["attempts: 1"]
    options.admin = true
    let gateway = try GatewayProcess(options)
    let first = Background { try gateway.create(GatewayProcess.command("c-1")) }
    try wait { upstream.requests.count == 1 }
    let second = Background { try gateway.create(GatewayProcess.command("c-1")) }
    // The ledger takes things in order: once it has answered this one, the duplicate waits.
    try wait { try gateway.metric("convene_in_flight") == 2 }
    #expect(try gateway.state(of: "c-1") == "in_flight")
    gate.open()
    #expect(try first.value().status == 504)
    let reply = try second.value()
    #expect(reply.status == 504)
    #expect(reply.headers["x-should-retry"] == "false")
    #expect(reply.headers["idempotent-replayed"] == "true")
    #expect(upstream.requests.count == 1)
  }
}
