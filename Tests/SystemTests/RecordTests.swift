import JSON
import TestKit
import Testing

@Suite("The record of a decision", .timeLimit(.minutes(30)))
struct RecordTests {
  private static func told(_ record: JSONValue) -> [String?] {
    [
      record["decision"]?.string, record["outcome"]?.string, record["settled_by"]?.string,
      record["conference"]?["id"]?.string,
    ]
  }

  /// By name; what is sent, or what was asked for.
  private static func values(_ record: JSONValue, _ key: String = "effective") -> [String: JSONValue] {
    var values: [String: JSONValue] = [:]
    for field in record["fields"]?.array ?? [] { values[field["name"]?.string ?? ""] = field[key] }
    return values
  }

  @Test("says what became of a command: executed as which conference, or not executed")
  func outcomes() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    let conference = try gateway.create(GatewayProcess.command("c-1")).conferenceID
    try simulator.queue(faults: "status=422")
    #expect(try gateway.create(GatewayProcess.command("c-2", name: "other")).status == 422)
    let records = try gateway.recordsAtEnd()
    #expect(
      records.map(Self.told) == [
        ["forwarded", "executed", nil, conference], ["forwarded", "not_executed", nil, nil],
      ])
  }

  @Test("of a repeat that settles what nobody knew says so, with what was sent, not what would be sent now")
  func resend() throws {
    let upstream = try ScriptedUpstream { number, _ in
      number == 1 ? .last("") : .reply(ScriptedUpstream.ok(ScriptedUpstream.conference))
    }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.upstreamLines = ["attempts: 1"]
    let first = try GatewayProcess(options)
    let command = GatewayProcess.command("c-1", #""max_participants":7,"client_state":"c2VjcmV0","z":[1.50]"#)
    #expect(try first.create(command).status == 504)
    let unknown = try #require(try first.recordsAtEnd().first)
    #expect(Self.told(unknown) == ["forwarded", "unknown", nil, nil])
    let second = try first.restarted { $0.policy = ["duration_minutes: {default: 9}"] }
    #expect(try second.create(command).status == 200)
    let settled = try #require(try second.recordsAtEnd().first)
    #expect(Self.told(settled).prefix(3) == ["forwarded", "executed", "resend"])
    #expect(Self.values(settled) == Self.values(unknown))
    #expect(Self.values(settled)["max_participants"] == .integer(7))
    #expect(Self.values(settled)["duration_minutes"] == nil && Self.values(settled)["z"]?.string == "[1.50]")
    #expect(settled["client_state"] == unknown["client_state"])
  }

  @Test("of a command that a dead process left, and of what Telnyx had of it, says what was sent")
  func lookUp() throws {
    let simulator = try SimulatorProcess()
    let command = GatewayProcess.command("c-1", #""max_participants":7"#)
    let gateway = try GatewayProcess.left(by: "hang-after", at: simulator, command: command)
    let conference = try gateway.create(command).conferenceID
    let records = try gateway.recordsAtEnd()
    #expect(
      records.map(Self.told) == [
        ["recovered", "unknown", nil, nil], ["recovered", "executed", "look_up", conference],
        ["replayed", nil, nil, nil],
      ])
    for record in records {
      #expect(Self.values(record)["max_participants"] == .integer(7))
      #expect(record["call_control_id"] == records[2]["call_control_id"] && record["call_control_id"] != nil)
    }
  }

  @Test("of a command that proves not to be there says so, and what was sent")
  func absent() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess.left(by: "hang-before", at: simulator)
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    let records = try gateway.recordsAtEnd()
    #expect(
      records.map { Array(Self.told($0).prefix(3)) } == [
        ["recovered", "unknown", nil], ["recovered", "not_executed", "look_up"], ["forwarded", "executed", nil],
      ])
    #expect(Self.values(records[1])["name"]?.string == "daily")
  }

  @Test("of a refusal says each thing that was wrong, as the caller was told, and what was asked for")
  func errors() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.policy = ["max_participants: {default: 5, max: 10}", "region: {forbid: true}"]
      $0.limits = ["{name: once, per: organization, allow: 1, every: 1h}"]
    }
    let refused = #""max_participants":500,"region":"US""#
    #expect(try gateway.create(GatewayProcess.command("c-1", refused)).status == 403)
    #expect(try gateway.create(#"{"name":1,"duration_minutes":0}"#).status == 422)
    #expect(try gateway.create(GatewayProcess.command("c-2"), key: "wrong").status == 401)
    #expect(try gateway.create(GatewayProcess.command("c-3")).status == 200)
    #expect(try gateway.create(GatewayProcess.command("c-4", name: "other")).status == 429)
    #expect(try gateway.create(GatewayProcess.command("c-3", name: "other")).status == 422)
    let records = try gateway.recordsAtEnd()
    let errors = records.map { record in
      record["errors"]?.array?.map { error in
        ["code", "pointer", "rule"].map { error[$0]?.string ?? "-" }.joined(separator: " ")
      }
    }
    #expect(errors[0] == ["10010 /region region.forbid", "10010 /max_participants max_participants.max"])
    #expect(Set(errors[1] ?? []) == ["10004 /call_control_id -", "10026 /name -", "10033 /duration_minutes -"])
    #expect(errors[2] == ["10009 - -"] && errors[3] == nil)
    #expect(errors[4] == ["10011 - limits.once"] && errors[5] == ["10027 - -"])
    #expect(records.map { $0["errors_count"]?.integer } == [2, 3, 1, nil, 1, 1])
    #expect(Self.values(records[0], "asked")["max_participants"] == .integer(500))
    #expect(records.allSatisfy { ($0["outcome"] != nil) == ($0["decision"]?.string == "forwarded") })
  }

  @Test("of a start says which rules hold, from which files, and what changed against the last")
  func configuration() throws {
    let simulator = try SimulatorProcess()
    let first = try GatewayProcess(before: simulator) { $0.policy = ["max_participants: {default: 5, max: 100}"] }
    #expect(first.terminate() == 0)
    // A comment and the number of workers say nothing of a command.
    let second = try first.restarted {
      $0.policy = ["max_participants: {default: 5, max: 100} # still"]
      $0.server = ["workers: 2"]
    }
    #expect(try second.create(GatewayProcess.command("c-1")).status == 200)
    #expect(second.terminate() == 0)
    let third = try second.restarted {
      $0.policy = ["max_participants: {default: 5, max: 90, over: clamp}"]
      $0.limits = ["{name: once, per: organization, allow: 1, every: 1h}"]
    }
    #expect(third.terminate() == 0)
    let starts = [first, second, third].compactMap { gateway in
      ChildProcess.jsonLines(gateway.process.standardOutput).first { $0["decision"]?.string == "configuration" }
    }
    #expect(starts.count == 3)
    #expect(starts[0]["changed"] == nil && starts[1]["changed"] == .array([]))
    #expect(starts[0]["config"] == starts[1]["config"] && starts[1]["config"] != starts[2]["config"])
    #expect(starts[0]["files"]?.array?.first?["sha256"] != starts[1]["files"]?.array?.first?["sha256"])
    #expect(starts[2]["effective"]?["teams"]?["support"]?["policy"]?["max_participants"]?["max"] == .integer(90))
    let pointer = "/teams/support/policy/max_participants"
    let limit: JSONObject = [
      "per": .string("organization"), "allow": .integer(1), "every": .string("1h"), "burst": .integer(1),
    ]
    let changes: [JSONValue] = [
      .object(["pointer": .string("/limits/once"), "after": .object(limit)]),
      .object(["pointer": .string(pointer + "/max"), "before": .integer(100), "after": .integer(90)]),
      .object(["pointer": .string(pointer + "/over"), "after": .string("clamp")]),
    ]
    #expect(starts[2]["changed"] == .array(changes))
    #expect(starts[2]["changed_count"] == .integer(3))
    let records = ChildProcess.jsonLines(second.process.standardOutput)
    #expect(records.last?["config"] == starts[1]["config"], "a decision names the rules it was made by")
  }
}
