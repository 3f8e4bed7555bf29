import JSON
import TestKit
import Testing

@Suite("A repeated command", .timeLimit(.minutes(30)))
struct ReplayTests {
  let simulator: SimulatorProcess
  let gateway: GatewayProcess

  init() throws {
    simulator = try SimulatorProcess()
    gateway = try GatewayProcess(before: simulator) {
      $0.teams["sales"] = """
        version: 1
        team: sales
        callers: [{name: crm, key_sha256: "\(GatewayProcess.digest("key-of-sales"))"}]
        """
    }
  }

  @Test("gets the same reply byte for byte, across a restart, too")
  func acrossRestart() throws {
    let first = try gateway.create(GatewayProcess.command("c-1"))
    #expect(first.headers["idempotent-replayed"] == nil)
    let second = try gateway.create(GatewayProcess.command("c-1"))
    #expect(gateway.terminate() == 0)
    let restarted = try gateway.restarted()
    let third = try restarted.create(GatewayProcess.command("c-1"))
    for replayed in [second, third] {
      #expect(replayed.status == first.status)
      #expect(replayed.body == first.body)
      #expect(replayed.headers["idempotent-replayed"] == "true")
      #expect(replayed.headers["content-type"] == first.headers["content-type"])
      #expect(replayed.headers["convene-command-id"] == "c-1")
    }
    #expect(try simulator.received() == 1)
    #expect(try restarted.allRecords() == [Record("replayed", 200, id: "c-1")])
  }

  @Test("may be written another way: order, white space and escapes don't count")
  func otherSpelling() throws {
    let first = try gateway.create(
      #"{"call_control_id":"v3:x","name":"daily","command_id":"c-1","comfort_noise":true}"#)
    let second = try gateway.create(
      #"{ "comfort_noise" : true, "name":"d\u0061ily", "command_id":"c-1", "call_control_id":"v3:x" }"#)
    #expect(second.body == first.body)
    #expect(try simulator.received() == 1)
  }

  @Test(
    "with another body is refused",
    arguments: [
      #"{"call_control_id":"v3:of-a-test","name":"other","command_id":"c-1"}"#,
      #"{"call_control_id":"v3:of-a-test","name":"daily","command_id":"c-1","comfort_noise":true}"#,
      #"{"call_control_id":"v3:of-a-test","name":"daily","command_id":"c-1","unknown":1}"#,
    ])
  func otherBody(body: String) throws {
    let first = try gateway.create(GatewayProcess.command("c-1"))
    #expect(first.status == 200)
    Refused(422, "idempotency_conflict", "10027").check(try gateway.create(body))
    #expect(try gateway.create(GatewayProcess.command("c-1")).body == first.body)
    #expect(try simulator.received() == 1)
    #expect(try gateway.allRecords().map(\.decision) == ["forwarded", "conflict", "replayed"])
  }

  @Test("of another team is refused, not forwarded, and nothing is said of it")
  func otherTeam() throws {
    let first = try gateway.create(GatewayProcess.command("c-1"))
    let other = try gateway.create(GatewayProcess.command("c-1"), key: "key-of-sales")
    Refused(422, "idempotency_conflict", "10027").check(other)
    #expect(first.conferenceID.map { other.text.contains($0) } == false)
    #expect(try gateway.call("GET", "/operations/c-1", key: "key-of-sales").status == 404)
    #expect(try simulator.received() == 1)
    #expect(try gateway.allRecords().map(\.decision) == ["forwarded", "conflict"])
  }

  @Test("that Telnyx refused is a new try")
  func refused() throws {
    try simulator.queue(faults: "status=422")
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 422)
    let second = try gateway.create(GatewayProcess.command("c-1"))
    #expect(second.status == 200)
    #expect(second.headers["idempotent-replayed"] == nil)
    #expect(try simulator.received() == 2)
  }
}
