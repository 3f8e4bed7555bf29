import Configuration
import Gateway
import JSON
import Policy
import Testing

@Suite("Report")
struct ReportTests {
  private func configuration() throws -> GatewayConfiguration {
    let sandbox = try Sandbox.good(
      """
      policy:
        max_participants: {default: 50, max: 200, over: clamp}
        hold_audio_url: {allow: ["https://media.example.com/hold/"]}

      """)
    try sandbox.write(
      "teams/support.yaml",
      """
      version: 1
      team: support
      callers:
        - {name: dialer, key_sha256: "\(String(repeating: "9f", count: 32))"}
        - {name: local, unix_uid: 1000}
        - {name: anyone, anonymous: true}
      policy: {max_participants: {default: 20}}
      limits: [{name: daily, per: team, allow: 5000, every: 24h}]
      """)
    return try sandbox.load()
  }

  @Test("the text shows who may call, how often, and what holds for each field")
  func text() throws {
    let text = ConfigurationReport(try configuration()).text
    let lines = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    for line in [
      "team support", "caller dialer key_sha256 9f9f9f9f...", "caller local unix_uid 1000", "caller anyone anonymous",
      "limit daily 5000 every 1d, burst 5000, per team", "FIELD TYPE IF ABSENT RULES",
      "max_participants integer 2..800 20 (team support) max 200 (organization); over clamp (organization)",
      "hold_audio_url string 1..4096 bytes - allow https://media.example.com/hold/ (organization)",
      "region Australia | Europe | Middle East | US - -",
      "beep_enabled always | never | on_enter | on_exit never (Telnyx) -",
    ] {
      #expect(lines.contains(line), "\(line)\n\(text)")
    }
  }

  @Test("the table's columns line up")
  func columns() throws {
    let lines = ConfigurationReport(try configuration()).text.split(separator: "\n").map(Array.init)
    let header = try #require(lines.firstIndex { $0.contains("F") && $0.starts(with: "  FIELD") })
    let type = try #require(lines[header].firstIndex(of: "T"))
    #expect(lines[header...].filter { $0.count > type }.allSatisfy { $0[type - 1] == " " && $0[type - 2] == " " })
  }

  @Test("the JSON form says the same to programs")
  func json() throws {
    let json = try JSONValue.parse(ConfigurationReport(try configuration()).json)
    #expect(json["valid"] == .boolean(true) && json["organization"] == .string("example"))
    let team = try #require(json["teams"]?.array?.first)
    #expect(team["callers"]?.array?.map { $0["kind"]?.string } == ["key_sha256", "unix_uid", "anonymous"])
    let row = try #require(team["policy"]?.array?.first { $0["field"] == .string("max_participants") })
    #expect(row["assumed"] == .integer(250) && row["if_absent"] == .integer(20))
    #expect(
      row["rules"]?.array?.first
        == .object(["rule": .string("default"), "value": .integer(20), "from": .string("team support")]))
    let prefixes = try #require(team["policy"]?.array?.first { $0["field"] == .string("hold_audio_url") })
    #expect(prefixes["rules"]?.array?.first?["value"] == .array([.string("https://media.example.com/hold/")]))
    #expect(prefixes["if_absent"] == .null)
  }

  @Test("neither form holds a whole digest or a token")
  func nothingSecret() throws {
    let report = ConfigurationReport(try configuration())
    for text in [report.text, String(decoding: report.json, as: UTF8.self)] {
      #expect(!text.contains("9f9f9f9f9f") && !text.contains("KEY-for-tests"))
    }
  }

  @Test("errors have a JSON form with their places")
  func errors() throws {
    do {
      _ = try Sandbox.good("workerz: 1\n").load()
      Issue.record("was loaded")
    } catch let errors as ConfigurationErrors {
      let json = try JSONValue.parse(errors.json)
      #expect(json["valid"] == .boolean(false))
      let first = try #require(json["errors"]?.array?.first)
      #expect(first["line"] == .integer(5) && first["column"] == .integer(1))
      #expect(first["message"]?.string?.contains("workerz") == true)
    }
  }
}
