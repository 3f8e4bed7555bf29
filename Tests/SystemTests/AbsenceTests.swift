import JSON
import TestKit
import Testing

/// A command is executed, its reply is lost, and Telnyx is not as one expects when it is asked what it has.
@Suite("That a command was not executed is proved, or not said", .timeLimit(.minutes(30)))
struct AbsenceTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Of the simulator.
    let options: [String]
    var name = "daily"
    /// Conferences of this name that are older by an hour, and expire later.
    var older = 0
  }

  static let rows = [
    Row(testDescription: "Telnyx's clock is behind", options: [#"{"clock_ahead_ms":-200000}"#]),
    Row(testDescription: "Telnyx's clock is behind by an hour", options: [#"{"clock_ahead_ms":-3600000}"#]),
    Row(testDescription: "Telnyx's clock is ahead by an hour", options: [#"{"clock_ahead_ms":3600000}"#]),
    Row(testDescription: "names are stored in lower case", options: [#"{"name_form":"lower_case"}"#], name: "Daily"),
    Row(
      testDescription: "names are stored without spaces around", options: [#"{"name_form":"trimmed"}"#], name: " daily "
    ),
    Row(testDescription: "pages are smaller than was asked for", options: [#"{"largest_page":1}"#], older: 2),
    Row(testDescription: "pages are smaller, and it is on a full one", options: [#"{"largest_page":3}"#], older: 5),
  ]

  @Test("where it was executed it is found, and not executed again", arguments: rows)
  func executed(row: Row) throws {
    let simulator = try SimulatorProcess()
    try simulator.set(#"{"names_are_unique":false}"#)
    for option in row.options { try simulator.set(option) }
    try makeOlder(row.older, at: simulator)
    let command = GatewayProcess.command("c-1", name: row.name, #""duration_minutes":10"#)
    let second = try GatewayProcess.left(by: "hang-after", at: simulator, command: command)
    let reply = try second.create(command)
    #expect(reply.status == 200)
    let executed = try simulator.executed().filter { $0["command_id"]?.string == "c-1" }
    #expect(executed.map { $0["id"]?.string } == [reply.conferenceID])
    #expect(try second.state(of: "c-1") == "done")
  }

  @Test(
    "where a list isn't known to be whole it stays unknown",
    arguments: [#"{"meta":"omitted"}"#, #"{"meta":"texts"}"#, #"{"meta":"too_many"}"#])
  func doubtful(option: String) throws {
    let simulator = try SimulatorProcess()
    try simulator.set(option)
    let second = try GatewayProcess.left(by: "hang-before", at: simulator)
    Refused(409, "undecided", "10036").check(try second.create(GatewayProcess.command("c-1")))
    #expect(try second.state(of: "c-1") == "unknown")
    #expect(try simulator.received() == 1)
  }

  @Test("among older conferences of its name, on several pages, it is not there: a repeat is a new try")
  func absent() throws {
    let simulator = try SimulatorProcess()
    try simulator.set(#"{"names_are_unique":false}"#)
    try simulator.set(#"{"largest_page":2}"#)
    try makeOlder(3, at: simulator)
    let second = try GatewayProcess.left(by: "hang-before", at: simulator)
    #expect(try second.create(GatewayProcess.command("c-1")).status == 200)
    #expect(try simulator.executed().count { $0["command_id"]?.string == "c-1" } == 1)
  }

  @Test("of two commands with one name and one call, either may have made what is found: both stay unknown")
  func twins() throws {
    let simulator = try SimulatorProcess()
    try simulator.set(#"{"names_are_unique":false}"#)
    let second = try GatewayProcess.left(by: "hang-before", at: simulator, age: 0)
    try simulator.queue(faults: "hang-after")
    let client = try second.connect()
    try client.send(
      WireClient.request("POST", "/v2/conferences", GatewayProcess.command("c-2"), key: GatewayProcess.key))
    try wait { try simulator.executed().count == 1 }
    second.kill()
    try second.age(by: 120)
    let third = try second.restarted()
    for id in ["c-1", "c-2"] {
      Refused(409, "undecided", "10036").check(try third.create(GatewayProcess.command(id)))
      #expect(try third.state(of: id) == "unknown")
    }
    #expect(try simulator.executed().count == 1)
  }

  @Test("what a command that is done has made is not another one's: of its twin nothing is there")
  func twinOfDone() throws {
    let simulator = try SimulatorProcess()
    try simulator.set(#"{"names_are_unique":false}"#)
    let first = try GatewayProcess(before: simulator)
    let done = try first.create(GatewayProcess.command("c-2"))
    #expect(first.terminate() == 0)
    try simulator.queue(faults: "hang-before")
    let second = try first.restarted()
    let client = try second.connect()
    try client.send(
      WireClient.request("POST", "/v2/conferences", GatewayProcess.command("c-1"), key: GatewayProcess.key))
    try wait { try simulator.received() == 2 }
    second.kill()
    try second.age(by: 120)
    let third = try second.restarted()
    let reply = try third.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 200)
    #expect(reply.conferenceID != done.conferenceID)
    #expect(try simulator.executed().count == 2)
  }

  /// Left with the second token, where Telnyx shows a conference only to the token that made it, and takes both by now.
  private func leftWithSecondToken(at simulator: SimulatorProcess) throws -> GatewayProcess {
    try simulator.set(#"{"by_token":true}"#)
    try simulator.set(#"{"names_are_unique":false}"#)
    try simulator.accept("second-token")
    return try GatewayProcess.left(by: "hang-after", at: simulator, refusals: 1) {
      $0.tokens = ["env: FIRST", "env: SECOND"]
      $0.environment = ["FIRST": "first-token", "SECOND": "second-token"]
    } meanwhile: {
      try simulator.accept("first-token", "second-token")
    }
  }

  @Test("it is looked up with the token that sent it, also where another one goes first by then")
  func secondToken() throws {
    let simulator = try SimulatorProcess()
    let second = try leftWithSecondToken(at: simulator)
    let reply = try second.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 200)
    #expect(try simulator.executed().map { $0["id"]?.string } == [reply.conferenceID])
    #expect(try simulator.executed().first?["authorization"]?.string == "Bearer second-token")
  }

  @Test("where the token that sent it is not configured any more nothing is proved")
  func goneToken() throws {
    let simulator = try SimulatorProcess()
    let second = try leftWithSecondToken(at: simulator)
    // Its look-up at the start is perhaps under way.
    second.kill()
    try second.reopen("c-1")
    let third = try second.restarted { $0.tokens = ["env: FIRST"] }
    Refused(409, "undecided", "10036").check(try third.create(GatewayProcess.command("c-1")))
    #expect(try simulator.executed().count == 1)
  }

  @Test("a repeat within the window is sent with the token of the first send, or not at all")
  func resend() throws {
    let simulator = try SimulatorProcess()
    let second = try leftWithSecondToken(at: simulator)
    second.kill()
    try second.reopen("c-1")
    try second.age(by: -120)
    try simulator.set(#"{"dedupe_seconds":60}"#)
    let third = try second.restarted()
    #expect(try third.create(GatewayProcess.command("c-1")).status == 200)
    third.kill()
    try third.reopen("c-1")
    let fourth = try third.restarted { $0.tokens = ["env: FIRST"] }
    Refused(504, "outcome_unknown", "10008").check(try fourth.create(GatewayProcess.command("c-1")))
    #expect(try simulator.executed().count == 1)
  }

  private func makeOlder(_ count: Int, at simulator: SimulatorProcess) throws {
    guard count > 0 else { return }
    try simulator.set(#"{"clock_ahead_ms":-3600000}"#)
    for number in 1...count {
      #expect(try simulator.create(GatewayProcess.command("older-\(number)")).status == 200)
    }
    try simulator.set(#"{"clock_ahead_ms":0}"#)
  }
}
