import JSON
import TestKit
import Testing

@Suite("A command that a dead gateway left", .timeLimit(.minutes(30)))
struct ReconcileTests {
  @Test("is found at Telnyx in the background, and a repeat gets its conference")
  func found() throws {
    let simulator = try SimulatorProcess()
    let second = try GatewayProcess.left(by: "hang-after", at: simulator)
    try wait { try second.state(of: "c-1") == "done" }
    let reply = try second.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 200)
    #expect(reply.headers["idempotent-replayed"] == "true")
    #expect(try simulator.executed().map { $0["id"]?.string } == [reply.conferenceID])
    #expect(try simulator.received() == 1, "it was looked up, not sent again")
  }

  @Test("is found although its conference is over by then: it is not executed again")
  func ended() throws {
    let simulator = try SimulatorProcess()
    let second = try GatewayProcess.left(
      by: "hang-after", at: simulator,
      meanwhile: {
        try simulator.end(unwrap(simulator.executed().first?["id"]?.string, "nothing was executed"))
      })
    try wait { try second.state(of: "c-1") != "unknown" }
    let reply = try second.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 200)
    #expect(try simulator.executed().map { $0["id"]?.string } == [reply.conferenceID])
    #expect(try simulator.received() == 1)
  }

  @Test("and that was never executed is forgotten, and a repeat is a new try")
  func absent() throws {
    let simulator = try SimulatorProcess()
    let second = try GatewayProcess.left(by: "hang-before", at: simulator)
    try wait { try second.state(of: "c-1") == nil }
    #expect(try second.create(GatewayProcess.command("c-1")).status == 200)
    #expect(try simulator.executed().count == 1)
  }

  @Test("does not become a burst of look-ups when there are a hundred")
  func burst() throws {
    let simulator = try SimulatorProcess(["--fault", "no-conference"])
    let gateway = try GatewayProcess(before: simulator)
    let began = ContinuousClock.now
    let statuses = try concurrently(25) { caller in
      try (1...4).map { number in
        let id = "c-\(caller)-\(number)"
        return try gateway.create(GatewayProcess.command(id, name: id)).status
      }
    }.flatMap(\.self)
    let looks = try simulator.looks()
    let seconds = Int((ContinuousClock.now - began).components.seconds) + 1
    // Twenty are saved and five a second come back; a list, the participants and the conference for each.
    #expect(looks <= 3 * (20 + 5 * seconds))
    #expect(statuses.count { $0 == 200 } == looks / 3)
    #expect(statuses.count { $0 == 504 } == 100 - looks / 3)
    #expect(try simulator.executed().count == 100)
  }

  @Test("and that is not there yet may still arrive within a minute of its first send: it stays unknown")
  func onItsWay() throws {
    let simulator = try SimulatorProcess()
    let second = try GatewayProcess.left(by: "hang-before", at: simulator, age: 50)
    try simulator.waitForJournal { ($0["requests"]?.integer ?? 0) > 1 }
    Refused(409, "undecided", "10036").check(try second.create(GatewayProcess.command("c-1")))
    #expect(try second.state(of: "c-1") == "unknown")
    #expect(try simulator.received() == 1)
  }
}
