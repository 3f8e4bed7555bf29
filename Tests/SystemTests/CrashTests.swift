import Glibc
import JSON
import TestKit
import Testing

@Suite("A gateway that is killed", .timeLimit(.minutes(30)))
struct CrashTests {
  @Test("while it sends: the command is unknown, and a repeat sends the very same bytes")
  func whileSending() throws {
    let upstream = try ScriptedUpstream { number, _ in
      number == 1 ? .hang : .reply(ScriptedUpstream.ok(ScriptedUpstream.conference))
    }
    let first = try GatewayProcess(.init(upstream: upstream.url))
    let client = try first.connect()
    try client.send(WireClient.request("POST", "/conferences", GatewayProcess.command("c-1"), key: GatewayProcess.key))
    try wait { upstream.requests.count == 1 }
    #expect(try first.state(of: "c-1") == "in_flight")
    first.kill()
    #expect((client.readToEnd() ?? []).isEmpty)

    let second = try first.restarted { $0.policy = ["comfort_noise: {force: false}"] }
    #expect(try second.audit(1).map { Record($0) } == [Record("recovered", nil, id: "c-1")])
    #expect(try second.state(of: "c-1") == "unknown")
    Refused(422, "idempotency_conflict", "10027").check(try second.create(GatewayProcess.command("c-1", name: "other")))
    #expect(upstream.requests.count == 1)
    #expect(try second.create(GatewayProcess.command("c-1")).status == 200)
    #expect(upstream.requests.count == 2)
    #expect(Set(upstream.requests.map(\.body)).count == 1)
    let replayed = try second.create(GatewayProcess.command("c-1"))
    #expect(replayed.status == 200)
    #expect(replayed.headers["idempotent-replayed"] == "true")
    #expect(upstream.requests.count == 2)
  }

  @Test(
    "by a fault of its own: nothing of its memory is written, which has the token",
    arguments: [SIGSEGV, SIGTRAP, SIGILL, SIGABRT])
  func ownFault(_ fault: Int32) throws {
    let gateway = try GatewayProcess(before: try SimulatorProcess())
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    gateway.process.signal(fault)
    #expect(gateway.process.waitForExit() != 0)
    let lines = gateway.process.standardError.split(separator: "\n")
    #expect(lines.allSatisfy { $0.hasPrefix("{") }, "\(lines)")
  }

  @Test("after Telnyx has executed: the repeat gets the one conference")
  func afterExecution() throws {
    let simulator = try SimulatorProcess()
    let first = try GatewayProcess(before: simulator)
    try simulator.queue(faults: "hang-after")
    let client = try first.connect()
    try client.send(WireClient.request("POST", "/conferences", GatewayProcess.command("c-1"), key: GatewayProcess.key))
    try simulator.waitForJournal { $0["executed"]?.array?.count == 1 }
    first.kill()

    let second = try first.restarted()
    let reply = try second.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 200)
    let executed = try simulator.executed()
    #expect(executed.count == 1)
    #expect(executed.first?["id"]?.string == reply.conferenceID)
    #expect(try second.allRecords().map(\.decision) == ["recovered", "forwarded"])
  }

  @Test("in a flood of refusals: those that were answered are on the record, counted or each by itself")
  func inFlood() throws {
    let first = try GatewayProcess(before: SimulatorProcess())
    let client = try first.connect()
    let refused = 200
    let request = WireClient.request("POST", "/conferences", "{}", key: GatewayProcess.key)
    try client.send(String(repeating: request, count: refused))
    for _ in 1...refused { #expect(try client.readReply().status == 422) }
    first.kill()
    let records = try first.restarted().recordsAtEnd()
    let before = ChildProcess.jsonLines(first.process.standardOutput).filter { $0["status"] != nil }
    var counts: [Int64: Int64] = [:]
    for record in before + records { counts[record["seq"]?.integer ?? 0] = record["count"]?.integer ?? 1 }
    #expect(counts.values.reduce(0, +) == Int64(refused))
    #expect(counts.count < refused)
  }

  @Test("after it has answered: the answer is on the disk")
  func afterAnswer() throws {
    let simulator = try SimulatorProcess()
    let first = try GatewayProcess(before: simulator)
    let reply = try first.create(GatewayProcess.command("c-1"))
    first.kill()
    let second = try first.restarted()
    let replayed = try second.create(GatewayProcess.command("c-1"))
    #expect(replayed.body == reply.body)
    #expect(replayed.headers["idempotent-replayed"] == "true")
    #expect(try simulator.received() == 1)
    // The chain goes on where it was.
    let records = try second.recordsAtEnd()
    #expect(records.last?["seq"]?.integer == 4, "behind the record of its start")
    #expect(records.last.map { Record($0) } == Record("replayed", 200, id: "c-1"))
  }
}
