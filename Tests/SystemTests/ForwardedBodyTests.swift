import JSON
import TestKit
import Testing

@Suite("The body that is sent", .timeLimit(.minutes(30)))
struct ForwardedBodyTests {
  private func sent(_ body: String) throws -> String {
    let upstream = try ScriptedUpstream { _, _ in .reply(ScriptedUpstream.ok(ScriptedUpstream.conference)) }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    #expect(try gateway.create(body).status == 200)
    return String(decoding: try #require(upstream.requests.first).body, as: UTF8.self)
  }

  @Test("is written anew: one order, no white space, no needless escape")
  func rewritten() throws {
    let body = """
      {\r\n\t"command_id" : "c-1",  "n\\u0061me":"d\\u0061ily\\/x", "max_participants": 7,
      "call_control_id":"v3:\\ud83d\\ude00é" }
      """
    #expect(
      try sent(body) == #"{"call_control_id":"v3:😀é","name":"daily/x","command_id":"c-1","max_participants":7}"#)
  }

  @Test("has unknown members behind the known ones, their values byte for byte")
  func unknown() throws {
    let values =
      #""zeta":[ 1,2.50,-0,1E3, true,null,{"b":"\n\/\u0041\u0000","a":""}],"z":18446744073709551615,"#
      + #""pi":3.141592653589793238462643,"huge":-1e999,"alpha":{"y":1, "x":2}"#
    #expect(
      try sent(#"{ \#(values) , "name":"daily","call_control_id":"v3:x","command_id":"c"}"#)
        == #"{"call_control_id":"v3:x","name":"daily","command_id":"c",\#(values)}"#)
  }

  @Test(
    "is another one where an unknown number differs in its last digit, and the same one where only white space does")
  func unknownNumbers() throws {
    let gateway = try GatewayProcess(before: try SimulatorProcess())
    let created = try gateway.create(GatewayProcess.command("c-1", #""z":[18446744073709551615,0.1]"#))
    #expect(created.status == 200)
    Refused(422, "idempotency_conflict", "10027")
      .check(try gateway.create(GatewayProcess.command("c-1", #""z":[18446744073709551616,0.1]"#)))
    let repeated = try gateway.create(GatewayProcess.command("c-1", "\"z\" :[ 18446744073709551615,\n0.1 ]"))
    #expect(repeated.headers["idempotent-replayed"] == "true" && repeated.body == created.body)
  }

  @Test("has no field that is null; with it and without it, it is one command")
  func null() throws {
    let upstream = try ScriptedUpstream { _, _ in .reply(ScriptedUpstream.ok(ScriptedUpstream.conference)) }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    let nulls = #""client_state":null,"hold_audio_url":null,"region":null"#
    #expect(
      try gateway.create(GatewayProcess.command("c-1", #"\#(nulls),"hold_media_name":"m","later":null"#)).status == 200)
    let repeated = try gateway.create(GatewayProcess.command("c-1", #""later":null,"hold_media_name":"m""#))
    #expect(repeated.status == 200 && repeated.headers["idempotent-replayed"] == "true")
    let keyed = try gateway.create(
      #"{"command_id":null,"call_control_id":"v3:x","name":"daily"}"#, headers: ["Idempotency-Key: c-2"])
    #expect(keyed.headers["convene-command-id"] == "c-2")
    #expect(
      upstream.requests.map { String(decoding: $0.body, as: UTF8.self) } == [
        #"{"call_control_id":"v3:of-a-test","name":"daily","command_id":"c-1","hold_media_name":"m","later":null}"#,
        #"{"call_control_id":"v3:x","name":"daily","command_id":"c-2"}"#,
      ])
  }

  @Test("keeps characters apart that look the same")
  func unnormalized() throws {
    let decomposed = "e\u{301}"
    let body = try sent(GatewayProcess.command("c-1", name: decomposed))
    #expect(Array(body.utf8).contains(0xCC))
  }

  @Test("has no unknown member where policy rejects them; all are named")
  func rejected() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.policy = ["unknown_fields: reject"] }
    Refused(403, "policy", "10010 /zeta", "10010 /a~1b~0c", rule: "unknown_fields")
      .check(try gateway.create(GatewayProcess.command("c-1", #""zeta":1,"a/b~c":2"#)))
    #expect(try simulator.received() == 0)
    #expect(try gateway.create(GatewayProcess.command("c-2")).status == 200)
  }
}
