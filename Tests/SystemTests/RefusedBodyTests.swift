import TestKit
import Testing

@Suite("A body that is refused", .timeLimit(.minutes(30)))
struct RefusedBodyTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let body: String
    let refused: Refused

    init(_ name: String, _ body: String, _ refused: Refused) {
      testDescription = name
      self.body = body
      self.refused = refused
    }
  }

  /// A command's members beside the required ones.
  private static func with(_ members: String) -> String { GatewayProcess.command(nil, members) }

  private static let malformed = Refused(400, "malformed", "10023")

  static let rows = [
    Row("nothing", "", malformed),
    Row("no JSON", "name=daily", malformed),
    Row("half an object", #"{"name":"daily""#, malformed),
    Row("an array", "[]", malformed),
    Row("a duplicate key", with(#""name":"other""#), malformed),
    Row("a duplicate key, once escaped", with(#""n\u0061me":"other""#), malformed),
    Row(
      "nested too deep", with("\"x\":" + String(repeating: "[", count: 40) + String(repeating: "]", count: 40)),
      malformed),
    Row(
      "a NUL in a string", with(#""hold_media_name":"a\u0000b""#), Refused(422, "invalid", "10033 /hold_media_name")),
    Row("half a character in an unknown value", with(#""z":"\ud800""#), malformed),
    Row("a duplicate key in an unknown value, behind a huge number", with(#""z":{"a":1e999,"b":1,"b":1}"#), malformed),
    Row(
      "a number beyond 64 bits", with(#""max_participants":18446744073709551616"#),
      Refused(422, "invalid", "10033 /max_participants")),
    Row("something behind the object", with("") + "{}", malformed),
    Row("nothing required", "{}", Refused(422, "invalid", "10004 /call_control_id", "10004 /name")),
    Row("a name of no byte", #"{"call_control_id":"v3:x","name":""}"#, Refused(422, "invalid", "10033 /name")),
    Row("a wrong type", with(#""comfort_noise":"yes""#), Refused(422, "invalid", "10026 /comfort_noise")),
    Row(
      "a required null", #"{"call_control_id":"v3:x","name":null}"#, Refused(422, "invalid", "10004 /name")),
    Row(
      "a number with a fraction", with(#""duration_minutes":5.0"#), Refused(422, "invalid", "10026 /duration_minutes")),
    Row(
      "a number with an exponent", with(#""duration_minutes":1e1"#), Refused(422, "invalid", "10026 /duration_minutes")),
    Row(
      "no value of the enumeration", with(#""beep_enabled":"ALWAYS""#), Refused(422, "invalid", "10032 /beep_enabled")),
    Row("out of range", with(#""max_participants":801"#), Refused(422, "invalid", "10033 /max_participants")),
    Row("no Base64", with(#""client_state":"aGk""#), Refused(422, "invalid", "90017 /client_state")),
    Row(
      "both hold fields", with(#""hold_audio_url":"https://a.example/x","hold_media_name":"x""#),
      Refused(422, "invalid", "10015 /hold_media_name")),
    Row(
      "names that look like a field's", with(#""Max_Participants":800,"max\u005fparticipants":7,"r\u0435gion":"US""#),
      Refused(422, "invalid", "10015 /Max_Participants", "10015 /r\u{435}gion")),
    Row(
      "every kind of fault at once",
      #"{"name":7,"beep_enabled":"loud","max_participants":1,"client_state":"?","hold_audio_url":"x","hold_media_name":"y"}"#,
      Refused(
        422, "invalid", "10026 /name", "10032 /beep_enabled", "10033 /max_participants", "90017 /client_state",
        "10004 /call_control_id", "10015 /hold_media_name")),
    Row(
      "policy says no", with(#""beep_enabled":"always""#),
      Refused(403, "policy", "10010 /beep_enabled", rule: "beep_enabled.allow")),
    Row(
      "policy says no, four times",
      with(#""beep_enabled":"always","duration_minutes":241,"region":"US","hold_media_name":"other""#),
      Refused(
        403, "policy", "10010 /region", "10010 /beep_enabled", "10010 /duration_minutes", "10010 /hold_media_name",
        rule: "region.forbid")),
  ]

  @Test("is told all that is wrong with it, is not sent, and is on the record once", arguments: rows)
  func refused(row: Row) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.policy = [
        "beep_enabled: {allow: [never, on_enter]}", "duration_minutes: {max: 240}", "region: {forbid: true}",
        "hold_media_name: {allow: [\"hold-*\"]}",
      ]
    }
    row.refused.check(try gateway.create(row.body))
    #expect(try gateway.allRecords() == [Record("refused", row.refused.status, rule: row.refused.rule)])
    #expect(try simulator.received() == 0)
  }
}
