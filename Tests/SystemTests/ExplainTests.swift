import JSON
import TestKit
import Testing

@Suite("Explaining a command", .timeLimit(.minutes(30)))
struct ExplainTests {
  let simulator: SimulatorProcess
  let gateway: GatewayProcess

  init() throws {
    simulator = try SimulatorProcess()
    gateway = try GatewayProcess(before: simulator) {
      $0.policy = [
        "max_participants: {max: 100, over: clamp}", "beep_enabled: {default: on_enter}", "region: {forbid: true}",
      ]
      $0.limits = ["{name: account, per: organization, allow: 1, every: 1h}"]
    }
  }

  private func explain(_ body: String, prefix: String = "") throws -> JSONValue {
    let reply = try gateway.call("POST", "\(prefix)/conferences:explain", body)
    #expect(reply.status == 200)
    return try #require(try reply.json()["data"])
  }

  @Test("tells field by field what would be sent", arguments: ["", "/v2"])
  func allowed(prefix: String) throws {
    let data = try explain(GatewayProcess.command("c-1", #""max_participants":800"#), prefix: prefix)
    #expect(data["record_type"]?.string == "explanation")
    #expect(data["team"]?.string == "support")
    #expect(data["decision"]?.string == "allowed")
    let fields = (data["fields"]?.array ?? []).map { String(decoding: $0.text, as: UTF8.self) }
    #expect(
      fields.contains(
        #"{"name":"max_participants","asked":800,"effective":100,"changes":["clamped"],"rules":[{"rule":"max_participants.max","owner":"organization"}]}"#
      ))
    #expect(
      fields.contains(
        #"{"name":"beep_enabled","asked":null,"effective":"on_enter","changes":["default"],"rules":[{"rule":"beep_enabled.default","owner":"organization"}]}"#
      ))
    #expect(
      fields.contains(#"{"name":"duration_minutes","asked":null,"effective":null,"assumed":240,"changes":[]}"#))
    #expect(fields.count == 12)
    #expect(data["limits"]?.array?.map { $0["name"]?.string } == ["account"])
    #expect(fields.contains(#"{"name":"name","asked":"daily","effective":"daily","changes":[]}"#))
  }

  @Test("tells of one without a key within which time an equal one is the same, where that is so")
  func keyless() throws {
    #expect(try explain(#"{"call_control_id":"v3:a","name":"daily"}"#)["keyless"] == nil)
    let gateway = try GatewayProcess(before: simulator) { $0.keyless = "{join: 60s}" }
    func join(_ body: String) throws -> JSONValue? {
      try gateway.call("POST", "/v2/conferences:explain", body).json()["data"]?["keyless"]?["join"]
    }
    #expect(try join(#"{"call_control_id":"v3:a","name":"daily"}"#) == .string("1m"))
    #expect(try join(GatewayProcess.command("c-1")) == nil)
  }

  @Test("takes a field that is null for one that is not given")
  func null() throws {
    let nulls = #""beep_enabled":null,"region":null,"max_participants":null,"client_state":null"#
    #expect(try explain(GatewayProcess.command("c-1", nulls)) == explain(GatewayProcess.command("c-1")))
  }

  @Test("tells which rules would refuse it")
  func refused() throws {
    let data = try explain(GatewayProcess.command("c-1", #""region":"US""#))
    #expect(data["decision"]?.string == "refused")
    let error = try #require(data["errors"]?.array?.first)
    #expect(error["code"]?.string == "10010")
    #expect(error["pointer"]?.string == "/region")
    #expect(error["rule"]?.string == "region.forbid" && error["owner"]?.string == "organization")
    #expect(data["status"] == .integer(403) && data["kind"]?.string == "policy" && data["limits"]?.array == [])
    let fields = data["fields"]?.array ?? []
    #expect(
      fields.first { $0["name"]?.string == "region" }.map { String(decoding: $0.text, as: UTF8.self) }
        == #"{"name":"region","asked":"US","effective":null,"changes":["refused"],"rules":[{"rule":"region.forbid","owner":"organization"}]}"#
    )
    #expect(fields.first { $0["name"]?.string == "beep_enabled" }?["effective"]?.string == "on_enter")
  }

  @Test(
    "says of fields that Convene doesn't know what becomes of them",
    arguments: [("forward", "allowed", "forwarded"), ("reject", "refused", "refused")])
  func unknown(rule: String, decision: String, becomes: String) throws {
    #expect(gateway.terminate() == 0)
    let other = try gateway.restarted { $0.policy = ["unknown_fields: \(rule)"] }
    let many = (1...40).map { #""x\#($0)":1"# }.joined(separator: ",")
    let reply = try other.call("POST", "/conferences:explain", GatewayProcess.command("c-1", many))
    let data = try #require(try reply.json()["data"])
    #expect(data["decision"]?.string == decision)
    let unknown = data["unknown_fields"]?.array ?? []
    #expect(unknown.count == 32 && data["unknown_fields_omitted"] == .integer(8))
    #expect(unknown.allSatisfy { $0["becomes"]?.string == becomes } && unknown[0]["name"]?.string == "x1")
  }

  @Test("sends nothing, stores nothing and costs nothing; a body that is no command is refused as ever")
  func noTrace() throws {
    for _ in 1...3 { _ = try explain(GatewayProcess.command("c-1")) }
    Refused(422, "invalid", "10004 /call_control_id", "10004 /name")
      .check(try gateway.call("POST", "/conferences:explain", "{}"))
    #expect(try gateway.state(of: "c-1") == nil)
    #expect(try simulator.received() == 0)
    // Another body under the same id, and the only one that the limit allows.
    #expect(try gateway.create(GatewayProcess.command("c-1", name: "other")).status == 200)
  }
}
