import Conference
import Configuration
import Gateway
import JSON
import Testing

@Suite("for")
struct LimitedCallsTests {
  private static let allowing = "calls: {allow: [read, join, mute]}\n"

  private func load(_ organization: String, team: String = "") throws -> GatewayConfiguration {
    try Sandbox.good(organization, team: team).load()
  }

  private static func limit(_ more: String, per scope: String = "team") -> String {
    "limits: [{name: l, per: \(scope), allow: 1, every: 1s\(more)}]\n"
  }

  @Test(
    "says which calls a limit counts: the create where it doesn't stand",
    arguments: [
      ("", [.create]), (", for: [create]", [.create]), (", for: [join]", [.join]),
      (", for: [join, read, list]", [.join] + ConferenceCall.Group.read.calls),
      (", for: [participants]", ConferenceCall.Group.participants.calls),
      (", for: all", ConferenceCall.allCases), (", for: \"all\"", ConferenceCall.allCases),
    ])
  func counted(words: String, calls: [ConferenceCall]) throws {
    let text = Self.limit(words)
    let configuration = try load(Self.allowing + text, team: text)
    #expect(configuration.limits.map(\.calls) == [CallSet(calls)])
    #expect(configuration.teams[0].limits.map(\.calls) == [CallSet(calls)])
    #expect(configuration.warnings == [])
  }

  @Test("leaves the revision as it is where it says what holds without it")
  func revision() throws {
    let silent = try load(Self.limit(""))
    let revision = silent.revision
    let members = silent.effective.json["limits"]?["l"]?.object?.members.map(\.key)
    #expect(members == ["per", "allow", "every", "burst"])
    #expect(try load(Self.limit(", for: [create]")).revision == revision)
    let other = try load(Self.limit(", for: all"))
    #expect(other.revision != revision)
    let names = other.effective.json["limits"]?["l"]?["for"]?.array
    #expect(names?.map(\.string) == ConferenceCall.allCases.map(\.name))
  }

  @Test("is in the report, in both its forms, where it is more than the create")
  func report() throws {
    let words = ", for: [participants, create]"
    let report = ConfigurationReport(try load("calls: {allow: [join]}\n" + Self.limit(words), team: Self.limit("")))
    #expect(
      report.text.contains("limit l   1 every 1s, burst 1, per team, for create, participants\n"), "\(report.text)")
    #expect(report.text.contains("1 every 1s, burst 1, per team\n"))
    let json = try JSONValue.parse(report.json)
    let calls = [ConferenceCall.create] + ConferenceCall.Group.participants.calls
    #expect(json["limits"]?.array?.first?["for"]?.array?.map(\.string) == calls.map(\.name))
    let ofTeam = json["teams"]?.array?.first?["limits"]?.array?.first
    #expect(ofTeam?["name"] == .string("l") && ofTeam?["for"] == nil)
    let all = ConfigurationReport(try load(Self.limit(", for: all")))
    #expect(all.text.contains("per team, for all\n"), "\(all.text)")
  }

  @Test("warns of calls that no team may make, or not this one, and of no group of which one may be made")
  func warnings() throws {
    let sandbox = try Sandbox.good(
      Self.allowing + Self.limit(", for: [recording, participants, hold, create]"),
      team: "calls: {allow: [read]}\n" + Self.limit(", for: [participants, list, join]"))
    #expect(
      try sandbox.load().warnings == [
        "\(sandbox.path("gateway.yaml")):6:58: warning: limits.for: recording are calls that no team may make (calls.allow)",
        "\(sandbox.path("gateway.yaml")):6:83: warning: limits.for: hold is a call that no team may make (calls.allow)",
        "\(sandbox.path("teams/support.yaml")):5:58: warning: limits.for: participants are calls that this team may not make"
          + " (calls.allow)",
        "\(sandbox.path("teams/support.yaml")):5:78: warning: limits.for: join is a call that this team may not make"
          + " (calls.allow)",
      ])
  }

  @Test("warns of nothing of the organization's that only this team may not make: its file is others', too")
  func othersToo() throws {
    let configuration = try load(Self.allowing + Self.limit(", for: [join]"), team: "calls: {allow: []}\n")
    #expect(configuration.warnings == [])
  }
}
