import JSON
import TestKit
import Testing

@Suite("The simulator's conference actions", .timeLimit(.minutes(30)))
struct ActionTests {
  let simulator: SimulatorProcess
  let id: String

  init() throws {
    simulator = try SimulatorProcess()
    id = try #require(try simulator.create(#"{"call_control_id":"v3:a","name":"stand up"}"#).conferenceID)
  }

  @Test(
    "every action answers that its result is ok",
    arguments: [
      ("join", #"{"call_control_id":"v3:b","client_state":"YQ==","beep_enabled":"always","region":"US"}"#),
      ("leave", #"{"call_control_id":"v3:a"}"#), ("hold", #"{"audio_url":"https://a/b.mp3"}"#),
      ("unhold", #"{"call_control_ids":["v3:a"]}"#), ("mute", "{}"), ("unmute", #"{"call_control_ids":[]}"#),
      ("play", #"{"media_name":"a","loop":"infinity"}"#), ("play", #"{"audio_url":"https://a/b.mp3","loop":100}"#),
      ("stop", "{}"), ("speak", #"{"payload":"hello","voice":"female","language":"en-GB","voice_settings":{}}"#),
      ("gather_using_audio", #"{"call_control_id":"v3:a","terminating_digit":"","maximum_digits":4}"#),
      ("send_dtmf", #"{"digits":"1w*#W"}"#), ("record_start", #"{"format":"mp3","trim":"trim-silence"}"#),
      ("update", #"{"call_control_id":"v3:a","supervisor_role":"barge"}"#), ("end", "{}"), ("end", ""),
    ])
  func executes(action: String, body: String) throws {
    let reply = try simulator.act(action, on: id, body)
    #expect(reply.status == 200)
    #expect(reply.text == #"{"data":{"result":"ok"}}"#)
  }

  @Test(
    "all that is wrong with an action's body is said at once, each with its pointer",
    arguments: [
      ("join", "{}", ["10004 /call_control_id"]),
      (
        "join",
        """
        {"call_control_id":"","hold":"no","client_state":"a","supervisor_role":"spy","whisper_call_control_ids":"v3:a",
        "hold_audio_url":"https://a/b.mp3","hold_media_name":"c","unknown":null}
        """,
        [
          "10025 /call_control_id", "90017 /client_state", "10026 /hold", "10032 /supervisor_role",
          "10026 /whisper_call_control_ids", "10015 /hold_media_name",
        ]
      ),
      ("leave", #"{"call_control_id":1}"#, ["10026 /call_control_id"]),
      ("hold", #"{"call_control_ids":[1],"region":"sv1"}"#, ["10026 /call_control_ids", "10032 /region"]),
      ("unhold", "{}", ["10004 /call_control_ids"]),
      ("play", #"{"audio_url":"a","media_name":"b","loop":0}"#, ["10033 /loop", "10015 /media_name"]),
      ("play", #"{"loop":"often"}"#, ["10026 /loop"]),
      (
        "speak", #"{"language":"xx","voice_settings":1}"#,
        ["10004 /payload", "10004 /voice", "10032 /language", "10026 /voice_settings"]
      ),
      ("gather_using_audio", #"{"minimum_digits":"1"}"#, ["10004 /call_control_id", "10026 /minimum_digits"]),
      ("send_dtmf", "{}", ["10004 /digits"]), ("send_dtmf", #"{"digits":"x"}"#, ["10015 /digits"]),
      ("record_start", #"{"format":"ogg"}"#, ["10032 /format"]), ("record_start", "{}", ["10004 /format"]),
      ("update", "{}", ["10004 /call_control_id", "10004 /supervisor_role"]),
      ("end", #"{"command_id":1}"#, ["10026 /command_id"]),
    ])
  func validates(action: String, body: String, expected: [String]) throws {
    let reply = try simulator.act(action, on: id, body)
    #expect(reply.status == 422)
    #expect(reply.errors.map { "\($0["code"]?.string ?? "") \($0["source"]?["pointer"]?.string ?? "")" } == expected)
  }

  @Test(
    "what can't be an action is refused in the envelope",
    arguments: [
      ("mute", "{", 400, "10023"), ("mute", "", 400, "10023"), ("mute", "[]", 422, "10026"),
      ("dial", "{}", 404, "10005"), ("leave", #"{"call_control_id":"v3:b"}"#, 422, "90015"),
      ("mute", #"{"call_control_ids":["v3:a","v3:b"]}"#, 422, "90015"), ("record_stop", "{}", 422, "10015"),
      ("record_pause", "{}", 422, "10015"), ("record_resume", "{}", 422, "10015"),
    ])
  func refuses(action: String, body: String, status: Int, code: String) throws {
    let reply = try simulator.act(action, on: id, body)
    #expect(reply.status == status)
    #expect(reply.code == code)
    #expect(try simulator.participants(of: id).first?["muted"] == .boolean(false))
  }

  @Test("an action on no conference, or by another method, or with no key that is accepted, is refused")
  func refusesCall() throws {
    #expect(try simulator.act("mute", on: "none").code == "10005")
    let other = try simulator.call("PUT", "/v2/conferences/\(id)/actions/mute", "{}")
    #expect(other.status == 405)
    #expect(other.headers["allow"] == "POST")
    try simulator.accept("another")
    #expect(try simulator.act("mute", on: id).status == 401)
    #expect(try simulator.act("mute", on: id).code == "10009")
  }

  @Test("a recording is paused, resumed and stopped once it was started, and then no longer")
  func records() throws {
    #expect(try simulator.act("record_start", on: id, #"{"format":"wav"}"#).status == 200)
    for action in ["record_pause", "record_resume", "record_stop"] {
      #expect(try simulator.act(action, on: id).status == 200)
    }
    #expect(try simulator.act("record_stop", on: id).code == "10015")
  }

  @Test("an ended conference says by what it has ended, its name is free, and it takes no more actions")
  func ends() throws {
    #expect(try simulator.act("end", on: id, #"{"command_id":"one"}"#).status == 200)
    let data = try simulator.call("GET", "/v2/conferences/\(id)").json()["data"]
    #expect(data?["status"] == .string("completed"))
    #expect(data?["end_reason"] == .string("ended_via_api"))
    #expect(try simulator.participants(of: id).map { $0["status"] } == [.string("left")])
    let late = try simulator.act("join", on: id, #"{"call_control_id":"v3:b"}"#)
    #expect(late.status == 404)
    #expect(late.code == "10005")
    // The same command is no further one.
    #expect(try simulator.act("end", on: id, #"{"command_id":"one"}"#).status == 200)
    #expect(try simulator.act("end", on: id, #"{"command_id":"two"}"#).status == 404)
    #expect(try simulator.create(#"{"call_control_id":"v3:a","name":"stand up"}"#).status == 200)
  }

  @Test("a repeated command of a conference answers the same and changes nothing, until the window is over")
  func dedupes() throws {
    #expect(try simulator.act("join", on: id, joining("v3:b")).status == 200)
    let again = try simulator.act("join", on: id, joining("v3:c"))
    #expect(again.text == #"{"data":{"result":"ok"}}"#)
    #expect(try simulator.participants(of: id).count == 2)
    #expect(try simulator.calls(of: id).prefix(2).map { $0["outcome"]?.string } == ["executed", "duplicate"])

    let other = try #require(try simulator.create(#"{"call_control_id":"v3:a","name":"other"}"#).conferenceID)
    #expect(try simulator.act("join", on: other, joining("v3:b")).status == 200)
    #expect(try simulator.participants(of: other).count == 2)

    try simulator.set(#"{"dedupe_seconds":0}"#)
    #expect(try simulator.act("join", on: id, joining("v3:c")).status == 200)
    #expect(try simulator.participants(of: id).count == 3)
  }

  @Test("a command that was refused is executed when it comes again, and one of an action without commands every time")
  func dedupesOnlyCommands() throws {
    let stop = #"{"command_id":"one"}"#
    #expect(try simulator.act("record_stop", on: id, stop).status == 422)
    #expect(try simulator.act("record_start", on: id, #"{"format":"wav"}"#).status == 200)
    #expect(try simulator.act("record_stop", on: id, stop).status == 200)
    for _ in 0..<2 { #expect(try simulator.act("mute", on: id, stop).status == 200) }
    #expect(
      try simulator.calls(of: id).map { $0["outcome"]?.string } == [
        "refused", "executed", "executed", "executed", "executed",
      ])
  }

  @Test("most actions take the conference's name for its id, some don't")
  func takesName() throws {
    #expect(try simulator.act("mute", on: "stand%20up").status == 200)
    #expect(try simulator.participants(of: id).first?["muted"] == .boolean(true))
    #expect(try simulator.act("send_dtmf", on: "stand%20up", #"{"digits":"1"}"#).code == "10005")
    #expect(try simulator.act("end", on: "stand%20up").code == "10005")
  }

  private func joining(_ leg: String) -> String { #"{"call_control_id":"\#(leg)","command_id":"one"}"# }
}
