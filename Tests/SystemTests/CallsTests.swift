import JSON
import TestKit
import Testing

@Suite("Telnyx's other calls", .timeLimit(.minutes(30)))
struct CallsTests {
  private static let media = [
    #"hold_audio_url: {allow: ["https://media.example.com/hold/"]}"#, #"hold_media_name: {allow: ["hold-*"]}"#,
  ]

  private func gateway(
    _ calls: String?, before simulator: SimulatorProcess, _ change: (inout GatewayProcess.Options) -> Void = { _ in }
  ) throws -> GatewayProcess {
    try GatewayProcess(before: simulator) { options in
      options.calls = calls
      options.policy = Self.media
      options.audit = "{sinks: [stdout], reads: each}"
      change(&options)
    }
  }

  @Test("pass where they are allowed, each once, with one record", arguments: CallRow.all)
  func passed(row: CallRow) throws {
    let simulator = try SimulatorProcess(["--media", "hold-1"])
    let gateway = try gateway("{allow: [read, participants, recording, listening]}", before: simulator)
    let id = try gateway.conference("c-1")
    let participant = try unwrap(simulator.participants(of: id).first?["id"]?.string, "nobody is there")
    for action in row.before {
      let earlier = try unwrap(CallRow.all.first { $0.name == action }, "no such call")
      #expect(try gateway.make(earlier, about: id).status == 200)
    }
    let earlier = try simulator.calls().count
    let reply = try gateway.make(row, about: id, participant: participant)
    #expect(reply.status == 200, "\(reply.text)")
    let calls = try simulator.calls()
    let received = try unwrap(calls.last, "nothing came")
    #expect(calls.count == earlier + 1)
    #expect(received["method"]?.string == row.method)
    #expect(received["authorization"]?.string == "Bearer \(SimulatorProcess.token)")
    if !row.isRead { #expect(try received["body"] == .parse(Array((row.body.isEmpty ? "{}" : row.body).utf8))) }
    let record = try unwrap(gateway.recordsAtEnd().last, "no record")
    #expect(record["call"]?.string == row.name && record["decision"]?.string == "passed")
    #expect(record["conference"]?["id"]?.string == (row.name == "list" ? nil : id))
    #expect(record["outcome"]?.string == (row.isRead ? nil : "executed") && record["status"]?.integer == 200)
  }

  @Test("are refused by name where nobody has allowed them, and none leaves", arguments: CallRow.all)
  func refused(row: CallRow) throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(nil, before: simulator)
    let id = try gateway.conference("c-1")
    let reply = try gateway.make(row, about: id, participant: "p-1")
    #expect(reply.status == 403 && reply.error?["code"]?.string == "10010")
    #expect(reply.kind == "policy" && reply.rule == "calls.allow")
    #expect(try simulator.calls().isEmpty)
    let record = try unwrap(gateway.recordsAtEnd().last, "no record")
    #expect(record["decision"]?.string == "refused" && record["rule"]?.string == "calls.allow")
    #expect(record["call"]?.string == row.name && record["team"]?.string == "support")
  }

  @Test("of one group don't come with another", arguments: ["read", "participants", "recording", "listening"])
  func groups(group: String) throws {
    let simulator = try SimulatorProcess(["--media", "hold-1"])
    let gateway = try gateway("{allow: [\(group)]}", before: simulator)
    let id = try gateway.conference("c-1")
    for row in CallRow.all where row.group != group {
      #expect(try gateway.make(row, about: id, participant: "p").rule == "calls.allow", "\(row.name)")
    }
    #expect(try simulator.calls().isEmpty)
  }

  @Test(
    "say who is to blame: an unknown path is 404, another method 405 with those that there are",
    arguments: [
      ("POST", "/v2/conferences/c/actions/fly", 404, nil), ("GET", "/v2/conferences/c/recordings", 404, nil),
      ("GET", "/v2/conferences//participants", 404, nil), ("GET", "/v2/conferences/..", 404, nil),
      ("GET", "/v2/conferences/a%2Fb", 404, nil), ("GET", "/v2/conferences/a%3Fb", 404, nil),
      ("GET", "/v2/calls", 404, nil), ("PUT", "/v2/conferences", 405, "POST, GET"),
      ("GET", "/v2/conferences/c/actions/hold", 405, "POST"), ("DELETE", "/v2/conferences/c", 405, "GET"),
      ("POST", "/v2/conferences/c/participants/p", 405, "GET, PATCH"),
      ("POST", "/v2/conferences/c/actions/mute?force=1", 400, nil),
    ] as [(String, String, Int, String?)])
  func paths(method: String, path: String, status: Int, allow: String?) throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway("{allow: [read, participants], scope: any}", before: simulator)
    let reply = try gateway.call(method, path, method == "GET" ? "" : "{}")
    #expect(reply.status == status && reply.headers["allow"] == allow, "\(reply.text)")
    #expect(try simulator.calls().isEmpty)
  }

  @Test(
    "carry no audio that a create couldn't name, however it is written",
    arguments: [
      ("hold", #"{"audio_url":"https://evil.example.com/a.mp3"}"#, 403, "hold_audio_url.allow"),
      ("hold", #"{"media_name":"other"}"#, 403, "hold_media_name.allow"),
      ("play", #"{"audio_url":"https://media.example.com/hold/../x.mp3"}"#, 403, "hold_audio_url.allow"),
      (
        "join", #"{"call_control_id":"c","hold_audio_url":"http://media.example.com/hold/a"}"#, 403,
        "hold_audio_url.allow"
      ),
      ("join", #"{"call_control_id":"c","hold_media_name":"other"}"#, 403, "hold_media_name.allow"),
      ("gather_using_audio", #"{"invalid_audio_url":"https://evil.example.com/a"}"#, 403, "hold_audio_url.allow"),
      ("gather_using_audio", #"{"invalid_media_name":"x"}"#, 403, "hold_media_name.allow"),
      ("mute", #"{"audio_url":"https://evil.example.com/a.mp3"}"#, 403, "hold_audio_url.allow"),
      ("hold", #"{"audio_url":"https://media.example.com/hold/a","audio_url":"https://evil.example.com/a"}"#, 400, nil),
      ("hold", #"{"audio\u005furl":"https://evil.example.com/a.mp3"}"#, 403, "hold_audio_url.allow"),
      ("hold", #"{"Audio_URL":"https://evil.example.com/a.mp3"}"#, 422, nil),
      ("hold", #"{"audio-url":"https://evil.example.com/a.mp3"}"#, 422, nil),
      ("hold", #"{"audio_url":{"url":"https://evil.example.com/a.mp3"}}"#, 422, nil),
      ("hold", #"{"audio_url":["https://evil.example.com/a.mp3"]}"#, 422, nil),
      ("hold", #"{"options":{"audio_url":"https://evil.example.com/a.mp3"}}"#, 422, nil),
      ("hold", #"{"call_control_ids":[{"Media-Name":"other"}]}"#, 422, nil),
      ("hold", #"[{"audio_url":"https://evil.example.com/a.mp3"}]"#, 400, nil),
      (
        "speak", #"{"voice":"v","payload":"<speak><Audio src='https://evil.example.com/a'/></speak>"}"#, 403,
        "hold_audio_url.allow"
      ),
    ] as [(String, String, Int, String?)])
  func audio(action: String, body: String, status: Int, rule: String?) throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway("{allow: [participants]}", before: simulator)
    let id = try gateway.conference("c-1")
    let reply = try gateway.act(action, on: id, body)
    #expect(reply.status == status && reply.rule == rule, "\(reply.text)")
    #expect(try simulator.calls().isEmpty)
  }

  @Test("of a team's own conferences alone: another's is not there, nor is a name taken for an id")
  func twoTeams() throws {
    let simulator = try SimulatorProcess()
    try simulator.set(#"{"names_are_unique":false}"#)
    let gateway = try gateway("{allow: [read, participants]}", before: simulator) { options in
      options.teams["sales"] = """
        version: 1
        team: sales
        callers: [{name: dialer, key_sha256: "\(GatewayProcess.digest("key-of-sales"))"}]

        """
    }
    let own = try gateway.conference("c-1", name: "daily")
    let other = try gateway.conference("c-2", name: "sales", key: "key-of-sales")
    let stranger = try unwrap(
      simulator.create(GatewayProcess.command("c-3", name: "stranger")).json()["data"]?["id"]?.string, "no id")
    for id in [other, stranger, "no-such-conference", "daily"] {
      for row in CallRow.all where row.name != "list" && ["read", "participants"].contains(row.group) {
        let reply = try gateway.make(row, about: id, participant: "p")
        #expect(reply.status == 404 && reply.rule == "calls.scope", "\(row.name) \(reply.text)")
      }
    }
    #expect(try simulator.calls().isEmpty)
    let list = try gateway.call("GET", "/v2/conferences?page%5Bsize%5D=50")
    #expect(list.headers["convene-scope"] == "own")
    #expect(try list.json()["data"]?.array?.compactMap { $0["id"]?.string } == [own])
    #expect(
      try list.json()["meta"]
        == .object([
          "total_pages": .integer(1), "total_results": .integer(1), "page_number": .integer(1),
          "page_size": .integer(50),
        ]))
    #expect(try gateway.call("GET", "/v2/conferences?filter%5Bname%5D=sales").json()["data"]?.array?.isEmpty == true)
    #expect(try gateway.act("end", on: own).status == 200)
  }

  @Test("of the organization's conferences, or of whatever there is, where the scope is as wide")
  func scopes() throws {
    let simulator = try SimulatorProcess()
    try simulator.set(#"{"names_are_unique":false}"#)
    let stranger = try unwrap(
      simulator.create(GatewayProcess.command("c-0", name: "stranger")).json()["data"]?["id"]?.string, "no id")
    for scope in ["organization", "any"] {
      let gateway = try gateway("{allow: [read, participants], scope: \(scope)}", before: simulator) { options in
        options.teams["sales"] = """
          version: 1
          team: sales
          callers: [{name: dialer, key_sha256: "\(GatewayProcess.digest("key-of-sales"))"}]

          """
      }
      let other = try gateway.conference("c-\(scope)", name: scope, key: "key-of-sales")
      #expect(try gateway.act("mute", on: other, CallRow.callers).status == 200)
      #expect(try gateway.act("mute", on: stranger, CallRow.callers).status == (scope == "any" ? 200 : 404))
      let list = try gateway.call("GET", "/v2/conferences?filter%5Bname%5D=stranger")
      #expect(list.headers["convene-scope"] == (scope == "any" ? nil : scope))
      #expect(try list.json()["data"]?.array?.count == (scope == "any" ? 1 : 0))
    }
  }

  @Test("make nobody listen in by another call than the one that is allowed for it")
  func listening() throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway("{allow: [participants]}", before: simulator)
    let id = try gateway.conference("c-1")
    for (action, body) in [
      ("join", #"{"call_control_id":"v3:b","supervisor_role":"monitor"}"#),
      ("join", #"{"call_control_id":"v3:b","whisper_call_control_ids":["v3:a"]}"#),
      ("hold", #"{"supervisor_role":"barge"}"#),
    ] {
      let reply = try gateway.act(action, on: id, body)
      #expect(reply.status == 403 && reply.rule == "calls.allow", "\(reply.text)")
    }
    #expect(try simulator.calls().isEmpty)
    #expect(try gateway.act("join", on: id, #"{"call_control_id":"v3:b","supervisor_role":"none"}"#).status == 200)
  }

  @Test("without a key of their own are sent once; with one as a create is; what only looks as often as it takes")
  func resends() throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway("{allow: [read, participants]}", before: simulator)
    let id = try gateway.conference("c-1")
    try simulator.queue(actionFaults: "reset-after")
    let lost = try gateway.act("mute", on: id, CallRow.callers)
    #expect(lost.status == 504 && lost.kind == "call_unknown" && lost.headers["x-should-retry"] == "false")
    #expect(try simulator.calls(of: id).count == 1)
    try simulator.queue(actionFaults: "reset-after")
    let joined = try gateway.act("join", on: id, #"{"call_control_id":"v3:another","command_id":"join-1"}"#)
    #expect(joined.status == 200)
    #expect(try simulator.calls(of: id).count == 3)
    #expect(try simulator.participants(of: id).count == 2)
    let records = try gateway.recordsAtEnd().suffix(2)
    #expect(records.map { $0["outcome"]?.string } == ["unknown", "executed"])
    #expect(records.map { $0["upstream"]?["attempts"]?.integer } == [1, 2])
  }
}
