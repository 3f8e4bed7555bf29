import Foundation
import JSON
import TestKit
import Testing

/// What an auditor asks, one command each, of the record of a day: two teams, refusals of each kind, lost replies, a change of
/// policy, a crash and restarts.
@Suite("An auditor's questions", .timeLimit(.minutes(30)))
struct AuditorTests {
  private static let salesKey = "key-of-a-sales-caller"
  private static let call = "v3:asked-about"

  private let simulator: SimulatorProcess

  init() throws { simulator = try SimulatorProcess() }

  private func command(_ id: String, _ members: String = "", call: String = "v3:of-a-test") -> String {
    GatewayProcess.command(id, name: "n-\(id)", members)
      .replacingOccurrences(of: "v3:of-a-test", with: call)
  }

  private func begin() throws -> GatewayProcess {
    try GatewayProcess(before: simulator) {
      $0.teams["sales"] = """
        version: 1
        team: sales
        callers: [{name: desk, key_sha256: "\(GatewayProcess.digest(Self.salesKey))"}]
        limits: [{name: few, per: team, allow: 3, every: 24h}]

        """
      $0.upstreamLines = ["attempts: 1"]
      $0.policy = ["max_participants: {default: 50, max: 200}", "region: {allow: [US, Europe]}"]
    }
  }

  /// Every kind of refusal; the request ids say which.
  private func refuse(_ gateway: GatewayProcess) throws {
    func ask(_ id: String, _ status: Int, _ body: String, key: String = GatewayProcess.key) throws {
      #expect(try gateway.create(body, key: key, headers: ["X-Request-Id: \(id)"]).status == status, "\(id)")
    }
    try ask("malformed", 400, "{")
    try ask("stranger", 401, command("c-x"), key: "wrong")
    try ask("large", 403, command("c-large", #""max_participants":500,"region":"Australia""#))
    try ask("invalid", 422, #"{"call_control_id":"v3:of-a-test","name":1,"duration_minutes":0}"#)
    try ask("other-body", 422, command("c-1", #""region":"US""#))
    try ask("limited", 429, command("s-late"), key: Self.salesKey)
    #expect(try gateway.call("POST", "/v2/calls", headers: ["X-Request-Id: nowhere"]).status == 404)
    #expect(try gateway.call("PUT", "/v2/conferences", headers: ["X-Request-Id: method"]).status == 405)
  }

  /// - Returns: the last gateway of the day, which runs, and the first conference.
  private func day() throws -> (gateway: GatewayProcess, conference: String?) {
    let first = try begin()
    let conference = try first.create(command("c-1", #""max_participants":150"#, call: Self.call)).conferenceID
    #expect(try first.create(command("s-1", #""max_participants":120"#), key: Self.salesKey).status == 200)
    #expect(try first.create(command("s-2", #""max_participants":100"#), key: Self.salesKey).status == 200)
    #expect(try first.create(command("s-3"), key: Self.salesKey).status == 200)
    try refuse(first)
    #expect(try first.create(command("c-1", #""max_participants":150"#, call: Self.call)).status == 200)
    // One reply is lost, and a repeat settles it; another one's, and that of a gateway that dies, are looked up.
    try simulator.queue(faults: "close-after")
    #expect(try first.create(command("c-lost")).status == 504)
    #expect(try first.create(command("c-lost")).status == 200)
    try simulator.queue(faults: "close-after", "hang-after")
    #expect(try first.create(command("c-asked")).status == 504)
    let executed = try simulator.executed().count
    let client = try first.connect()
    try client.send(WireClient.request("POST", "/v2/conferences", command("c-dead"), key: GatewayProcess.key))
    try wait { try simulator.executed().count == executed + 1 }
    first.kill()
    try simulator.set(#"{"dedupe_seconds":0}"#)
    try first.age(by: 120)
    let second = try first.restarted {
      $0.policy = ["max_participants: {default: 50, max: 100}", "region: {allow: [US, Europe]}"]
    }
    #expect(try second.create(command("c-asked")).status == 200)
    #expect(try second.create(command("c-dead")).status == 200)
    #expect(try second.create(command("c-now", #""max_participants":150"#)).status == 403)
    #expect(second.terminate() == 0)
    return (try second.restarted(), conference)
  }

  @Test("are answered by one command each")
  func questions() throws {
    let (gateway, conference) = try day()
    func query(_ arguments: String...) throws -> (records: [JSONValue], table: [Substring]) {
      return (
        ChildProcess.jsonLines(try gateway.query("jsonl", arguments)),
        try gateway.query("table", arguments).split(separator: "\n")
      )
    }
    func told(_ records: [JSONValue], _ keys: String...) -> [[String]] {
      records.map { record in keys.map { record[$0]?.string ?? record[$0]?.integer.map(String.init) ?? "-" } }
    }

    let large = try query("--outcome", "executed", "--where", "max_participants > 100")
    #expect(
      told(large.records, "team", "caller", "command_id") == [["support", "dialer", "c-1"], ["sales", "desk", "s-1"]])
    #expect(large.table.count == 3 && large.table[1].contains("support") && large.table[2].contains("desk"))

    let invalid = try query("--request-id", "invalid")
    #expect(invalid.table.count == 2)
    for words in ["422", "10026 Invalid parameter type: /name", "10033 Value outside of range: /duration_minutes"] {
      #expect(invalid.table.last?.contains(words) == true, "\(words): \(invalid.table)")
    }

    let doubted = try query("--outcome", "unknown", "--outcome", "settled")
    let ends = told(doubted.records, "command_id", "outcome", "settled_by").sorted { $0.lexicographicallyPrecedes($1) }
    #expect(
      ends == [
        ["c-asked", "executed", "look_up"], ["c-asked", "unknown", "-"], ["c-dead", "executed", "look_up"],
        ["c-dead", "unknown", "-"], ["c-lost", "executed", "resend"], ["c-lost", "unknown", "-"],
      ])

    let changes = try query("--changed")
    #expect(changes.records.count == 2, "a start that changes nothing is not among them")
    #expect(changes.table.first?.hasSuffix("WHY") == true)
    #expect(changes.table.last?.contains("/teams/support/policy/max_participants/max 200 -> 100") == true)
    #expect(try query("--decision", "configuration").records.count == 3)

    let call = try query("--call-control-id", Self.call)
    #expect(told(call.records, "decision", "status") == [["forwarded", "200"], ["replayed", "200"]])
    #expect(call.records.first?["conference"]?["id"]?.string == conference && conference != nil)

    let refused = try query("--status", "4xx")
    #expect(
      Set(told(refused.records, "request_id").joined()).isSuperset(of: [
        "malformed", "stranger", "large", "invalid", "other-body", "limited", "nowhere", "method",
      ]))
    #expect(told(try query("--rule", "limits").records, "request_id") == [["limited"]])
    #expect(told(try query("--rule", "max_participants").records, "command_id") == [["c-large"], ["c-now"]])
  }
}
