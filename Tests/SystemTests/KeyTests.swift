import JSON
import TestKit
import Testing

@Suite("The key of a command", .timeLimit(.minutes(30)))
struct KeyTests {
  let simulator: SimulatorProcess
  let gateway: GatewayProcess

  init() throws {
    simulator = try SimulatorProcess()
    gateway = try GatewayProcess(before: simulator)
  }

  @Test(
    "may stand in the body, in the Idempotency-Key field, or the same in both",
    arguments: [
      ("c-1", []), (nil, ["Idempotency-Key: c-1"]), (nil, ["Idempotency-Key: \"c-1\""]),
      ("c-1", ["Idempotency-Key: c-1"]), ("c-1", ["idempotency-key: \"c-1\""]),
    ] as [(String?, [String])])
  func places(body: String?, headers: [String]) throws {
    let first = try gateway.create(GatewayProcess.command(body), headers: headers)
    #expect(first.status == 200)
    #expect(first.headers["convene-command-id"] == "c-1")
    let sent = try #require(try simulator.executed().first)
    #expect(sent["command_id"]?.string == "c-1")
    #expect(sent["headers"]?["idempotency-key"] == nil)
    // All of them are the same key.
    #expect(try gateway.create(GatewayProcess.command("c-1")).body == first.body)
    #expect(try gateway.create(GatewayProcess.command(nil), headers: ["Idempotency-Key: c-1"]).body == first.body)
    #expect(try simulator.received() == 1)
  }

  @Test(
    "is what a quoted key says, not how it says it",
    arguments: [
      ("a\\\"b\\\\c", "\"a\\\"b\\\\c\""), ("two words", "\"two words\""), ("a,b;c=d", "\"a,b;c=d\""),
      ("a,b;c=d", "a,b;c=d"),
      ("a\\\\b", "a\\b"), ("\(String(repeating: "k", count: 255))", "\"\(String(repeating: "k", count: 255))\""),
    ])
  func quoted(inBody: String, field: String) throws {
    let first = try gateway.create(GatewayProcess.command(nil), headers: ["Idempotency-Key: \(field)"])
    #expect(first.status == 200)
    let second = try gateway.create(GatewayProcess.command(inBody))
    #expect(second.headers["idempotent-replayed"] == "true")
    #expect(second.body == first.body)
    #expect(try simulator.executed().count == 1)
  }

  @Test("differs where its bytes differ, although a reader would not see it", arguments: ["\u{212A}", "\u{4B}\u{301}"])
  func sameToTheEye(inBody: String) throws {
    let reply = try gateway.create(GatewayProcess.command(inBody), headers: ["Idempotency-Key: K"])
    Refused(400, "bad_request", "10015").check(reply)
    #expect(try simulator.received() == 0)
  }

  @Test("must be text: bytes that are no UTF-8 are no JSON")
  func brokenText() throws {
    let text = WireClient.request("POST", "/conferences", GatewayProcess.command("order-@"), key: GatewayProcess.key)
    let client = try gateway.connect()
    try client.send(text.utf8.map { $0 == UInt8(ascii: "@") ? 0xE9 : $0 })
    Refused(400, "malformed", "10023").check(try client.readReply())
    #expect(try simulator.received() == 0)
  }

  @Test("is made by the gateway where there is none, and two such commands are two")
  func made() throws {
    let first = try gateway.create(GatewayProcess.command(nil, name: "one"))
    let second = try gateway.create(GatewayProcess.command(nil, name: "two"))
    let made = [first, second].compactMap { $0.headers["convene-command-id"] }
    #expect(Set(made).count == 2)
    #expect(made.allSatisfy { $0.utf8.count == 36 })
    #expect(try simulator.executed().map { $0["command_id"]?.string } == made)
    #expect(try gateway.audit(2).map { $0["command_id"]?.string } == made)
    #expect(try gateway.state(of: made[0]) == "done")
  }

  @Test("made by the gateway keeps its own resends safe")
  func resent() throws {
    try simulator.queue(faults: "close-after")
    #expect(try gateway.create(GatewayProcess.command(nil)).status == 200)
    #expect(try simulator.received() == 2)
    #expect(try simulator.executed().count == 1)
  }

  @Test("is not needed for an SDK's own retry: it joins the command that it repeats")
  func joined() throws {
    let body = GatewayProcess.command(nil)
    let first = try gateway.create(body, headers: ["x-stainless-retry-count: 0"])
    let second = try gateway.create(body, headers: ["x-stainless-retry-count: 1"])
    #expect(second.headers["idempotent-replayed"] == "true")
    #expect(second.body == first.body)
    #expect(second.headers["convene-command-id"] == first.headers["convene-command-id"])
    #expect(try simulator.executed().count == 1)
  }

  @Test(
    "is new for a retry that says nothing of itself, of another body, or of another count",
    arguments: [
      (GatewayProcess.command(nil, name: "two"), []),
      (GatewayProcess.command(nil, name: "two"), ["x-stainless-retry-count: 1"]),
      (GatewayProcess.command(nil, name: "two"), ["x-stainless-retry-count: 0"]),
    ])
  func notJoined(body: String, headers: [String]) throws {
    let first = try gateway.create(GatewayProcess.command(nil, name: "one"))
    let second = try gateway.create(body, headers: headers)
    #expect(second.status == 200)
    #expect(second.headers["convene-command-id"] != first.headers["convene-command-id"])
    #expect(try simulator.executed().count == 2)
  }

  @Test("may have any character a string can have")
  func percentEncoded() throws {
    let id = "é /%25?#"
    let reply = try gateway.create(GatewayProcess.command(id))
    #expect(reply.status == 200)
    #expect(try simulator.executed().first?["command_id"]?.string == id)
    #expect(try gateway.state(of: "%C3%A9%20%2F%2525%3F%23") == "done")
  }
}
