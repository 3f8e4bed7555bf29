import JSON
import TestKit
import Testing

@Suite("The simulator's participants", .timeLimit(.minutes(30)))
struct ParticipantTests {
  let simulator: SimulatorProcess
  let id: String

  init() throws {
    simulator = try SimulatorProcess()
    let body = #"{"call_control_id":"v3:a","name":"standup","max_participants":3}"#
    id = try #require(try simulator.create(body).conferenceID)
  }

  @Test("a leg that joins has a row as it has asked, beside the creator's")
  func joins() throws {
    try join("v3:b", #""mute":true,"hold":true,"end_conference_on_exit":true"#)
    let rows = try simulator.participants(of: id)
    #expect(rows.map { $0["call_control_id"]?.string } == ["v3:a", "v3:b"])
    #expect(rows.map { $0["status"]?.string } == ["joined", "joined"])
    #expect(Set(rows.compactMap { $0["id"]?.string }).count == 2)
    #expect(rows[1]["record_type"] == .string("participant"))
    #expect(rows[1]["conference"]?["id"] == .string(id))
    #expect(rows[1]["conference"]?["name"] == .string("standup"))
    for name in ["muted", "on_hold", "end_conference_on_exit"] { #expect(rows[1][name] == .boolean(true)) }
    #expect(rows[1]["soft_end_conference_on_exit"] == .boolean(false))
    #expect(rows[1]["whisper_call_control_ids"] == .array([]))
    let conference = try simulator.call("GET", "/v2/conferences/\(id)").json()
    #expect(conference["data"]?["status"] == .string("in_progress"))
  }

  @Test("a leg that comes again takes its row again, and one too many is refused")
  func joinsAgain() throws {
    try join("v3:b", #""mute":true"#)
    try join("v3:b")
    try join("v3:c")
    #expect(try simulator.participants(of: id).map { $0["muted"] } == Array(repeating: .boolean(false), count: 3))
    let reply = try simulator.act("join", on: id, #"{"call_control_id":"v3:d"}"#)
    #expect(reply.status == 422)
    #expect(reply.code == "10015")
    #expect(try simulator.act("leave", on: id, #"{"call_control_id":"v3:c"}"#).status == 200)
    try join("v3:d")
    #expect(try simulator.participants(of: id).map { $0["status"]?.string } == ["joined", "joined", "left", "joined"])
  }

  @Test(
    "an action is about those it names, or else about all",
    arguments: [("mute", "unmute", "muted"), ("hold", "unhold", "on_hold")])
  func changes(action: String, opposite: String, member: String) throws {
    try join("v3:b")
    #expect(try simulator.act(action, on: id, #"{"call_control_ids":["v3:b"]}"#).status == 200)
    #expect(try simulator.participants(of: id).map { $0[member]?.boolean } == [false, true])
    let filtered = try simulator.participants(of: id, "?filter[\(member)]=false")
    #expect(filtered.map { $0["call_control_id"]?.string } == ["v3:a"])
    #expect(try simulator.act(action, on: id, "{}").status == 200)
    #expect(try simulator.participants(of: id).map { $0[member]?.boolean } == [true, true])
    #expect(try simulator.act(opposite, on: id, #"{"call_control_ids":[]}"#).status == 200)
    #expect(try simulator.participants(of: id).map { $0[member]?.boolean } == [false, false])
  }

  @Test("a supervisor monitors, whispers or is one of all")
  func supervises() throws {
    try join("v3:b", #""supervisor_role":"monitor""#)
    #expect(try simulator.participants(of: id, "?filter[muted]=true").count == 1)
    for (role, whispering, muted) in [("whisper", 1, 0), ("barge", 0, 0), ("none", 0, 0), ("monitor", 0, 1)] {
      let body =
        #"{"call_control_id":"v3:b","supervisor_role":"\#(role)","whisper_call_control_ids":["v3:a"]}"#
      #expect(try simulator.act("update", on: id, body).status == 200)
      #expect(try simulator.participants(of: id, "?filter[whispering]=true").count == whispering)
      #expect(try simulator.participants(of: id, "?filter[muted]=true").count == muted)
    }
  }

  @Test("who joins a conference that was not started is on hold until somebody starts it")
  func waits() throws {
    let body = #"{"call_control_id":"v3:a","name":"later","start_conference_on_create":false}"#
    let later = try #require(try simulator.create(body).conferenceID)
    #expect(try simulator.act("join", on: later, #"{"call_control_id":"v3:b"}"#).status == 200)
    #expect(try simulator.participants(of: later).map { $0["on_hold"]?.boolean } == [true, true])
    let start = #"{"call_control_id":"v3:c","start_conference_on_enter":true}"#
    #expect(try simulator.act("join", on: later, start).status == 200)
    #expect(try simulator.participants(of: later).map { $0["on_hold"]?.boolean } == [false, false, false])
  }

  @Test("a conference ends with its host's exit, and with the last one's")
  func endsWithHost() throws {
    try join("v3:b", #""end_conference_on_exit":true"#)
    #expect(try simulator.act("leave", on: id, #"{"call_control_id":"v3:b"}"#).status == 200)
    #expect(try reason(id) == "host_left")
    #expect(try simulator.participants(of: id).map { $0["status"]?.string } == ["left", "left"])

    let body = #"{"call_control_id":"v3:a","name":"standup"}"#
    let next = try #require(try simulator.create(body).conferenceID)
    #expect(try simulator.act("leave", on: next, #"{"call_control_id":"v3:a"}"#).status == 200)
    #expect(try reason(next) == "all_left")
  }

  @Test("a participant alone is shown, and what happens when they leave can be changed")
  func patches() throws {
    try join("v3:b")
    let participant = try #require(try simulator.participants(of: id)[1]["id"]?.string)
    let path = "/v2/conferences/\(id)/participants/\(participant)"
    #expect(try simulator.call("GET", path).json()["data"]?["call_control_id"] == .string("v3:b"))
    let reply = try simulator.call("PATCH", path, #"{"soft_end_conference_on_exit":true,"beep_enabled":"never"}"#)
    #expect(reply.status == 200)
    #expect(try reply.json()["data"]?["conference_id"] == .string(id))
    #expect(try simulator.participants(of: id)[1]["soft_end_conference_on_exit"] == .boolean(true))
    #expect(try simulator.call("PATCH", path, #"{"end_conference_on_exit":"yes"}"#).code == "10026")
    #expect(try simulator.call("PATCH", path + "x", "{}").code == "10005")
    #expect(try simulator.call("GET", path + "x").code == "10005")
    #expect(try simulator.call("DELETE", path).headers["allow"] == "GET, PATCH")
    #expect(try simulator.act("leave", on: id, #"{"call_control_id":"v3:b"}"#).status == 200)
    #expect(try simulator.call("PATCH", path, "{}").code == "10005")
    #expect(try reason(id) == "host_left")
  }

  @Test("participants come page by page, in the order in which they came")
  func pages() throws {
    try join("v3:b")
    try join("v3:c")
    let page = try simulator.call("GET", "/v2/conferences/\(id)/participants?page[size]=2&page[number]=2").json()
    #expect(page["data"]?.array?.map { $0["call_control_id"]?.string } == ["v3:c"])
    for (name, number) in [("page_number", 2), ("page_size", 2), ("total_pages", 2), ("total_results", 3)] {
      #expect(page["meta"]?[name] == .integer(Int64(number)))
    }
    #expect(try simulator.call("GET", "/v2/conferences/\(id)/participants?filter[muted]=1").code == "10015")
  }

  private func join(_ leg: String, _ fields: String = "") throws {
    let body = #"{"call_control_id":"\#(leg)"\#(fields.isEmpty ? "" : ",")\#(fields)}"#
    try #require(try simulator.act("join", on: id, body).status == 200)
  }

  private func reason(_ id: String) throws -> String? {
    try simulator.call("GET", "/v2/conferences/\(id)").json()["data"]?["end_reason"]?.string
  }
}
