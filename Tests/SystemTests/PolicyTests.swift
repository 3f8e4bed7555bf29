import JSON
import TestKit
import Testing

@Suite("Policy, end to end", .timeLimit(.minutes(30)))
struct PolicyTests {
  /// The organization's rules, which team `support` tightens.
  static let organization = [
    "beep_enabled: {default: on_enter, allow: [never, on_enter, on_exit]}",
    "max_participants: {default: 50, max: 200, over: clamp}", "duration_minutes: {default: 60, max: 240}",
    "comfort_noise: {force: true}", "region: {allow: [US, Europe]}",
    "hold_audio_url: {allow: [\"https://media.example.com/hold/\"]}",
    "name: {pattern: \"^[a-z0-9-]+$\", max_length: 16}",
  ]
  static let team = GatewayProcess.Options.support + "policy:\n  max_participants: {default: 20, max: 100}\n"

  struct Row: Sendable, CustomTestStringConvertible {
    /// Members of the command.
    let asked: String
    /// Members of what Telnyx gets, beside call, name and id.
    let sent: String
    let changes: String
    /// Of the record: name, change, asked, effective.
    let audited: [String]

    var testDescription: String { asked.isEmpty ? "nothing but what is required" : asked }
  }

  private static let defaults = "beep_enabled;default=on_enter, comfort_noise;forced=?1, duration_minutes;default=60"
  private static let auditedDefaults = [
    "beep_enabled default nothing on_enter", "comfort_noise forced nothing true", "duration_minutes default nothing 60",
  ]

  static let rows = [
    Row(
      asked: "", sent: #""beep_enabled":"on_enter","comfort_noise":true,"duration_minutes":60,"max_participants":20"#,
      changes: "\(defaults), max_participants;default=20",
      audited: auditedDefaults + ["max_participants default nothing 20"]),
    Row(
      asked: #""max_participants":800"#,
      sent: #""beep_enabled":"on_enter","comfort_noise":true,"duration_minutes":60,"max_participants":100"#,
      changes: "\(defaults), max_participants;clamped=100",
      audited: auditedDefaults + ["max_participants clamped 800 100"]),
    Row(
      asked: #""beep_enabled":"never","comfort_noise":false,"duration_minutes":240,"max_participants":2,"region":"US""#,
      sent: #""beep_enabled":"never","comfort_noise":true,"duration_minutes":240,"max_participants":2,"region":"US""#,
      changes: "comfort_noise;forced=?1", audited: ["comfort_noise forced false true"]),
    Row(
      asked: #""beep_enabled":"never","comfort_noise":true,"duration_minutes":5,"max_participants":100"#,
      sent: #""beep_enabled":"never","comfort_noise":true,"duration_minutes":5,"max_participants":100"#, changes: "",
      audited: []),
    Row(
      asked:
        #""beep_enabled":"never","duration_minutes":5,"max_participants":9,"hold_audio_url":"https://media.example.com/hold/a.mp3""#,
      sent:
        #""beep_enabled":"never","comfort_noise":true,"duration_minutes":5,"hold_audio_url":"https://media.example.com/hold/a.mp3","max_participants":9"#,
      changes:
        #"comfort_noise;forced=?1, hold_audio_url;no_effect="https://media.example.com/hold/a.mp3""#,
      audited: [
        "comfort_noise forced nothing true",
        "hold_audio_url no_effect nothing https://media.example.com/hold/a.mp3",
      ]),
  ]

  @Test("is what Telnyx gets, what the caller is told and what is on the record", arguments: rows)
  func effective(row: Row) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.policy = Self.organization
      $0.teams["support"] = Self.team
    }
    let reply = try gateway.create(GatewayProcess.command("c-1", row.asked))
    #expect(reply.status == 200)
    #expect(reply.headers["convene-policy"] == (row.changes.isEmpty ? nil : row.changes))
    let sent = try JSONValue.parse(Array(GatewayProcess.command("c-1", row.sent).utf8))
    #expect(try simulator.executed().first?["body"].map(Self.sorted) == Self.sorted(sent))
    let record = try #require(try gateway.audit(1).first)
    let fields = record["fields"]?.array ?? []
    #expect(fields.filter { $0["change"] != nil }.map(Self.text) == row.audited)
    // All of what was sent is there, with the call's token under its pseudonym.
    let effective = JSONObject(
      members: fields.compactMap { field in
        guard let name = field["name"]?.string, let value = field["effective"] else { return nil }
        return JSONObject.Member(
          key: name, value: value == record["call_control_id"] ? .string("v3:of-a-test") : value)
      })
    #expect(Self.sorted(.object(effective)) == Self.sorted(sent))
  }

  @Test(
    "refuses what breaks a rule and names it",
    arguments: [
      (#""region":"Australia""#, "region", "region.allow"),
      (#""duration_minutes":241"#, "duration_minutes", "duration_minutes.max"),
      (#""hold_audio_url":"https://media.example.com/holding/a""#, "hold_audio_url", "hold_audio_url.allow"),
      (#""hold_audio_url":"https://media.example.com/hold/../a""#, "hold_audio_url", "hold_audio_url.allow"),
      (#""hold_audio_url":"https://media.example.com.evil.example/hold/a""#, "hold_audio_url", "hold_audio_url.allow"),
      (#""hold_audio_url":"https://x@media.example.com/hold/a""#, "hold_audio_url", "hold_audio_url.allow"),
      (#""hold_audio_url":"http://media.example.com/hold/a""#, "hold_audio_url", "hold_audio_url.allow"),
    ])
  func refused(members: String, field: String, rule: String) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.policy = Self.organization }
    let reply = try gateway.create(GatewayProcess.command("c-1", members))
    Refused(403, "policy", "10010 /\(field)", rule: rule, owner: "organization").check(reply)
    #expect(!reply.text.contains(gateway.scratch.path("")))
    let record = try #require(try gateway.audit(1).first)
    #expect(Record(record) == Record("refused", 403, rule: rule, id: "c-1"))
    let fields = record["fields"]?.array ?? []
    #expect(fields.filter { $0["change"]?.string == "refused" }.compactMap { $0["name"]?.string } == [field])
    #expect(
      fields.contains { $0["name"]?.string == "name" && $0["asked"]?.string == "daily" }, "what else was asked for")
    #expect(
      record["errors"]
        == .array([.object(["code": .string("10010"), "pointer": .string("/\(field)"), "rule": .string(rule)])]))
    #expect(try simulator.received() == 0)
  }

  @Test("says of each rule whose it is: the team's where the team has tightened it")
  func owner() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.policy = ["duration_minutes: {max: 240}", "region: {allow: [US, Europe]}"]
      $0.teams["support"] =
        GatewayProcess.Options.support + "policy:\n  duration_minutes: {max: 100}\n  unknown_fields: reject\n"
    }
    let members = #""duration_minutes":300,"region":"Australia","x":1"#
    let meta = try gateway.create(GatewayProcess.command("c-1", members)).errors.map { $0["meta"] }
    #expect(meta.map { $0?["rule"]?.string } == ["duration_minutes.max", "region.allow", "unknown_fields"])
    #expect(meta.map { $0?["owner"]?.string } == ["team", "organization", "team"])
  }

  /// Members in the order of their keys: what counts of a sent body is its value.
  private static func sorted(_ value: JSONValue) -> [String] {
    (value.object?.members ?? []).map { "\($0.key)=\(String(decoding: $0.value.text, as: UTF8.self))" }.sorted()
  }

  private static func text(_ field: JSONValue) -> String {
    func shown(_ value: JSONValue?) -> String {
      value.map { $0.string ?? String(decoding: $0.text, as: UTF8.self) } ?? "nothing"
    }
    return [field["name"], field["change"], field["asked"], field["effective"]].map(shown).joined(separator: " ")
  }
}
