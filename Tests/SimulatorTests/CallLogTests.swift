import JSON
import TestKit
import Testing

@Suite("The simulator's log of calls", .timeLimit(.minutes(30)))
struct CallLogTests {
  let simulator: SimulatorProcess
  let id: String

  init() throws {
    simulator = try SimulatorProcess()
    id = try #require(try simulator.create(#"{"call_control_id":"v3:a","name":"standup"}"#).conferenceID)
  }

  @Test("it has all calls but the creates, in order, with path, key and body")
  func logs() throws {
    _ = try simulator.call("GET", "/v2/conferences?filter[name]=standup")
    _ = try simulator.act("mute", on: "standup", #"{"call_control_ids":["v3:a"]}"#)
    _ = try simulator.act("mute", on: id, "{")
    _ = try simulator.call("PATCH", "/v2/conferences/\(id)/participants/none", "{}")
    let calls = try simulator.calls()
    #expect(calls.map { $0["method"]?.string } == ["GET", "POST", "POST", "PATCH"])
    #expect(calls.map { $0["outcome"]?.string } == ["executed", "executed", "refused", "refused"])
    #expect(calls.map { $0["action"] } == [.null, .string("mute"), .string("mute"), .null])
    #expect(calls.map { $0["conference_id"] } == [.null, .string(id), .string(id), .string(id)])
    #expect(calls[0]["path"] == .string("/v2/conferences?filter[name]=standup"))
    #expect(calls[1]["path"] == .string("/v2/conferences/standup/actions/mute"))
    #expect(calls[1]["authorization"] == .string("Bearer \(SimulatorProcess.token)"))
    #expect(calls[1]["headers"]?["content-type"] == .string("application/json"))
    #expect(calls[1]["body"]?["call_control_ids"] == .array([.string("v3:a")]))
    #expect(calls[2]["body"] == .string("{"))
    #expect(try simulator.journal()["creates_received"] == .integer(1))
    #expect(try simulator.journal()["requests"] == .integer(5))
  }

  @Test("it can be asked for one conference, from some call on, and be emptied")
  func selects() throws {
    for conference in [id, "none", id] { _ = try simulator.act("stop", on: conference) }
    #expect(try simulator.calls(of: id).count == 2)
    #expect(try simulator.calls(of: "none").count == 1)
    let rest = try simulator.call("GET", "/simulator/calls?since=2&conference=\(id)").json()
    #expect(rest["received"]?.array?.count == 1)
    #expect(rest["calls"] == .integer(3))
    #expect(try simulator.call("GET", "/simulator/calls?since=x").status == 400)
    #expect(try simulator.call("DELETE", "/simulator/calls").status == 200)
    #expect(try simulator.calls().isEmpty)
    _ = try simulator.act("stop", on: id)
    #expect(try simulator.calls().map { $0["outcome"]?.string } == ["executed"])
    #expect(try simulator.call("DELETE", "/simulator/journal").status == 200)
    #expect(try simulator.calls().isEmpty)
  }

  @Test("actions, looks and creates each meet the faults of their own plan")
  func fails() throws {
    try simulator.queue(actionFaults: "status=503", "close-after")
    #expect(try simulator.call("POST", "/simulator/faults/reads", #"["status=500"]"#).status == 200)
    let create = #"{"call_control_id":"v3:a","name":"other"}"#
    #expect(try simulator.create(create).status == 200)
    #expect(try simulator.call("GET", "/v2/conferences/\(id)").status == 500)
    #expect(try simulator.act("mute", on: id).status == 503)
    #expect(throws: (any Error).self) { try simulator.act("mute", on: id) }
    #expect(try simulator.participants(of: id).map { $0["muted"] } == [.boolean(true)])
    let asked = try simulator.call(
      "POST", "/v2/conferences/\(id)/actions/unmute", "{}", headers: ["x-simulator-fault: status-after=502"])
    #expect(asked.status == 502)
    #expect(
      try simulator.calls(of: id).map { $0["outcome"]?.string } == [
        "prevented", "prevented", "executed", "executed", "executed",
      ])
  }

  @Test("a kind's default fault stays until it is taken back, and taking back all takes it back too")
  func standing() throws {
    for path in ["/simulator/faults/actions", "/simulator/faults"] {
      #expect(try simulator.call("PUT", "/simulator/faults/actions", #""status=503""#).status == 200)
      #expect(try simulator.call("GET", "/simulator/faults").json()["default"] == .null)
      for _ in 0..<2 { #expect(try simulator.act("mute", on: id).status == 503) }
      #expect(try simulator.call("DELETE", path).status == 200)
      #expect(try simulator.act("mute", on: id).status == 200)
    }
    #expect(try simulator.call("GET", "/simulator/faults/others").status == 404)
  }
}
