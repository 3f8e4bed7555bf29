import JSON
import TestKit
import Testing

@Suite("The simulator's API", .timeLimit(.minutes(30)))
struct CreateTests {
  let simulator: SimulatorProcess
  let body = #"{"call_control_id":"v3:leg","name":"standup","command_id":"one"}"#

  init() throws { simulator = try SimulatorProcess(["--media", "hold.mp3"]) }

  @Test("a create is executed and leaves a row in the journal", arguments: ["/v2/conferences", "/conferences"])
  func executes(path: String) throws {
    let reply = try simulator.call("POST", path, body, headers: ["X-Mark: 1", "x-mark: 2"])
    #expect(reply.status == 200)
    let data = try #require(try reply.json()["data"])
    #expect(data["record_type"] == .string("conference"))
    #expect(data["name"] == .string("standup"))
    #expect(data["status"] == .string("init"))
    #expect(data["region"] == .string("sv1"))

    let journal = try simulator.journal()
    let rows = try #require(journal["executed"]?.array)
    #expect(rows.count == 1)
    #expect(rows[0]["command_id"] == .string("one"))
    #expect(rows[0]["id"] == data["id"])
    #expect(rows[0]["authorization"] == .string("Bearer \(SimulatorProcess.token)"))
    #expect(rows[0]["headers"]?["x-mark"] == .string("1, 2"))
    #expect(rows[0]["body"] == (try JSONValue.parse(Array(body.utf8))))
    #expect(journal["requests"] == .integer(1))
    #expect(journal["creates_received"] == .integer(1))
    #expect(try simulator.call("GET", "/simulator/journal?since=1").json()["executed"] == .array([]))
  }

  @Test("a repeated command gets the first one's conference and is not executed")
  func dedupes() throws {
    let first = try simulator.create(body)
    let second = try simulator.create(#"{"call_control_id":"v3:other","name":"other","command_id":"one"}"#)
    #expect(second.status == 200)
    #expect(second.conferenceID == first.conferenceID)
    let journal = try simulator.journal()
    #expect(journal["duplicates"] == .integer(1))
    #expect(journal["executed"]?.array?.count == 1)
  }

  @Test("its clock, its names, its pages and who may see what it has can be other than one expects")
  func odd() throws {
    for option in [
      #"{"clock_ahead_ms":-3600000}"#, #"{"name_form":"lower_case"}"#, #"{"largest_page":1}"#, #"{"by_token":true}"#,
      #"{"names_are_unique":false}"#,
    ] { try simulator.set(option) }
    for id in ["one", "two"] {
      let reply = try simulator.create(#"{"call_control_id":"v3:leg","name":"Standup","command_id":"\#(id)"}"#)
      #expect(try reply.json()["data"]?["name"] == .string("standup"))
    }
    let list = try simulator.call("GET", "/v2/conferences?filter[name]=Standup&page[size]=250")
    #expect(try list.json()["data"]?.array?.count == 1)
    let meta = try #require(try list.json()["meta"])
    for (name, number) in [("page_number", 1), ("page_size", 1), ("total_pages", 2), ("total_results", 2)] {
      #expect(meta[name] == .integer(Int64(number)))
    }
    let (made, shown) = (try list.json()["data"]?.array?.first?["created_at"]?.string, list.headers["date"])
    // "Fri, 27 Nov 2026 16:59:59 GMT", "2026-11-27T16:59:59.999Z"
    #expect(shown?.split(separator: " ")[4].prefix(2) == made?.split(separator: "T")[1].prefix(2))
    #expect(try simulator.call("PUT", "/simulator/tokens", "[\"\(SimulatorProcess.token)\",\"other\"]").status == 200)
    let client = try simulator.connect()
    try client.send(WireClient.request("GET", "/v2/conferences", "", key: "other"))
    #expect(try client.readReply().json()["data"]?.array?.isEmpty == true)
    try simulator.set(#"{"meta":"omitted"}"#)
    #expect(try simulator.call("GET", "/v2/conferences").json()["meta"] == nil)
    #expect(try simulator.call("PUT", "/simulator/options", #"{"meta":"odd"}"#).status == 400)
  }

  @Test("with the window at zero a repeated command is a new one")
  func dedupesNot() throws {
    #expect(try simulator.call("PUT", "/simulator/options", #"{"dedupe_seconds":0}"#).status == 200)
    #expect(try simulator.create(body).status == 200)
    #expect(try simulator.create(body).code == "90033")
  }

  @Test("an active conference's name is taken until the conference ends")
  func nameIsTaken() throws {
    let again = #"{"call_control_id":"v3:leg","name":"standup","command_id":"two"}"#
    let id = try #require(try simulator.create(body).conferenceID)
    let refused = try simulator.create(again)
    #expect(refused.status == 422)
    #expect(refused.code == "90033")
    #expect(try simulator.call("POST", "/simulator/conferences/\(id)/end").status == 200)
    #expect(try simulator.create(again).status == 200)
    let ended = try simulator.call("GET", "/v2/conferences/\(id)").json()
    #expect(ended["data"]?["status"] == .string("completed"))
  }

  @Test("a key that is not accepted gets 401, until it is")
  func authenticates() throws {
    #expect(try simulator.call("PUT", "/simulator/tokens", #"["another"]"#).status == 200)
    for call in [("POST", "/v2/conferences"), ("GET", "/v2/conferences"), ("GET", "/v2/media/hold.mp3")] {
      let reply = try simulator.call(call.0, call.1, body)
      #expect(reply.status == 401)
      #expect(reply.code == "10009")
    }
    #expect(try simulator.call("PUT", "/simulator/tokens", #"["\#(SimulatorProcess.token)"]"#).status == 200)
    #expect(try simulator.create(body).status == 200)
  }

  @Test("all that is wrong with a body is said at once, each with its pointer")
  func validates() throws {
    let wrong = """
      {"name":1,"beep_enabled":"loud","client_state":"a","comfort_noise":"no","max_participants":801,
      "duration_minutes":1.5,"hold_audio_url":"https://a/b.mp3","hold_media_name":"c","region":"sv1","unknown":null}
      """
    let reply = try simulator.create(wrong)
    #expect(reply.status == 422)
    let errors = try #require(try reply.json()["errors"]?.array)
    let found = errors.map { "\($0["code"]?.string ?? "") \($0["source"]?["pointer"]?.string ?? "")" }
    #expect(
      found == [
        "10004 /call_control_id", "10026 /name", "10032 /beep_enabled", "90017 /client_state", "10026 /comfort_noise",
        "10026 /duration_minutes", "10033 /max_participants", "10032 /region", "10015 /hold_media_name",
      ])
    #expect(try simulator.journal()["executed"] == .array([]))
  }

  @Test(
    "what is no create is refused in the envelope",
    arguments: [
      ("POST", "/v2/conferences", "{", 400, "10023"), ("POST", "/v2/conferences", "[]", 422, "10026"),
      ("PUT", "/v2/conferences", "{}", 405, "10030"), ("GET", "/v2/calls", "", 404, "10005"),
      ("GET", "/v2/conferences/none", "", 404, "10005"), ("GET", "/v2/media/none", "", 404, "10005"),
      ("GET", "/v2/conferences?page[size]=251", "", 400, "10015"),
    ])
  func refuses(method: String, path: String, body: String, status: Int, code: String) throws {
    let reply = try simulator.call(method, path, body)
    #expect(reply.status == status)
    #expect(reply.code == code)
  }

  @Test("a body of another media type is refused")
  func refusesMediaType() throws {
    let client = try simulator.connect()
    let request = WireClient.request("POST", "/v2/conferences", body, key: SimulatorProcess.token)
    try client.send(request.replacing("application/json", with: "text/plain"))
    let reply = try client.readReply()
    #expect(reply.status == 415)
    #expect(reply.code == "10029")
  }

  @Test("creates beyond the rate get 429 and how things stand")
  func limitsRate() throws {
    #expect(try simulator.call("PUT", "/simulator/options", #"{"rate":0}"#).status == 200)
    let limited = try simulator.create(body)
    #expect(limited.status == 429)
    #expect(limited.code == "10011")
    #expect(limited.headers["x-ratelimit-limit"] == "0")
    #expect(limited.headers["x-ratelimit-remaining"] == "0")
    #expect(limited.headers["x-ratelimit-reset"] == "1")
    #expect(try simulator.call("PUT", "/simulator/options", #"{"rate":null}"#).status == 200)
    #expect(try simulator.create(body).status == 200)
  }

  @Test("conferences are found by name and status, plain or percent-encoded, the last to expire first, page by page")
  func lists() throws {
    var ids: [String] = []
    for name in ["a b", "A b", "c"] {
      ids.append(
        try #require(try simulator.create(#"{"call_control_id":"v3:\#(name)","name":"\#(name)"}"#).conferenceID))
    }
    for query in ["filter[name]=a+b", "filter%5Bname%5D=a%20b&filter%5Bstatus%5D=init"] {
      let found = try simulator.call("GET", "/v2/conferences?\(query)").json()
      #expect(found["data"]?.array?.map { $0["id"]?.string } == [ids[0]])
    }
    let page = try simulator.call("GET", "/v2/conferences?page[size]=2&page[number]=2").json()
    #expect(page["data"]?.array?.map { $0["id"]?.string } == [ids[0]])
    #expect(page["meta"]?["total_pages"] == .integer(2))
    #expect(page["meta"]?["total_results"] == .integer(3))

    let row = try simulator.call("GET", "/v2/conferences/\(ids[0])/participants").json()["data"]?.array?.first
    #expect(row?["call_control_id"] == .string("v3:a b"))
    #expect(row?["status"] == .string("joined"))
    #expect(row?["conference"]?["id"] == .string(ids[0]))
    #expect(try simulator.call("GET", "/v2/media/hold.mp3").status == 200)
  }
}
