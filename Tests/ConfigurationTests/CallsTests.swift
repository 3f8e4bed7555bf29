import Conference
import Configuration
import Gateway
import JSON
import Policy
import Testing

@Suite("calls")
struct CallsTests {
  private static let readers: Set<ConferenceCall> = [
    .create, .list, .retrieve, .listParticipants, .retrieveParticipant,
  ]

  private static let merging: [(String, String, Set<ConferenceCall>, CallRules.Scope, Fault.Owner)] = [
    ("calls: {allow: [read]}", "", readers, .own, .organization),
    ("calls: {allow: [list, create]}", "", [.create, .list], .own, .organization),
    ("calls: {allow: [read, mute], scope: any}", "", readers.union([.mute]), .any, .organization),
    ("calls: {allow: [read, list]}", "calls: {allow: [read]}", readers, .own, .team),
    ("calls: {allow: [read, mute], scope: any}", "calls: {allow: [mute]}", [.create, .mute], .any, .team),
    (
      "calls: {allow: [mute], scope: any}", "calls: {scope: organization}", [.create, .mute], .organization,
      .organization
    ),
    (
      "calls: {allow: [mute], scope: organization}", "calls: {allow: [mute], scope: own}", [.create, .mute], .own,
      .team
    ),
    ("calls: {allow: [mute], scope: any}", "calls: {allow: []}", [.create], .any, .team),
    ("calls: {allow: []}", "calls: {allow: [create]}", [.create], .own, .team),
    ("calls: {scope: any}", "", [.create], .any, .organization),
    ("", "calls: {scope: own}", [.create], .own, .organization),
  ]

  private func load(_ organization: String, team: String = "") throws -> GatewayConfiguration {
    try Sandbox.good(organization, team: team).load()
  }

  @Test("are the create alone, about the team's own conferences, where nothing is said")
  func defaults() throws {
    let configuration = try load("")
    #expect(configuration.teams[0].calls == .createAlone)
    #expect(configuration.teams[0].calls == CallRules(allowed: CallSet([.create]), scope: .own, owner: .organization))
    #expect(!configuration.allowsOtherCalls)
  }

  @Test(
    "are the organization's, or of those what the team's file names: whose word it is tells who can allow more",
    arguments: merging)
  func merged(
    organization: String, team: String, calls: Set<ConferenceCall>, scope: CallRules.Scope, owner: Fault.Owner
  ) throws {
    let configuration = try load(organization, team: team)
    #expect(configuration.teams[0].calls == CallRules(allowed: CallSet(calls), scope: scope, owner: owner))
    #expect(configuration.allowsOtherCalls == (calls != [.create]))
    #expect(configuration.warnings == [])
  }

  @Test("may be named one by one or by their group", arguments: ConferenceCall.Group.allCases)
  func groups(group: ConferenceCall.Group) throws {
    let byGroup = try load("calls: {allow: [\(group.rawValue)]}").teams[0].calls
    let byName = try load("calls: {allow: [\(group.calls.map(\.name).joined(separator: ", "))]}").teams[0].calls
    #expect(byGroup == byName)
    #expect(byGroup.allowed == CallSet([.create] + group.calls))
  }

  @Test("are refused to a team where the organization says nothing of them, with its file")
  func nothingToTighten() throws {
    let sandbox = try Sandbox.good(team: "calls: {allow: [list], scope: any}\n")
    let file = sandbox.path("gateway.yaml")
    #expect(
      sandbox.errors() == [
        "4:17 calls.allow: not allowed by the organization: list; it allows create alone (\(file))",
        "4:31 calls.scope must be no wider than the organization's, own (\(file)), is any",
      ])
  }

  @Test(
    "of a team are judged by what the organization allows, and not by what it names", arguments: ["[]", "[create]"])
  func nothingAllowed(allow: String) throws {
    let sandbox = try Sandbox.good("calls: {allow: \(allow)}\n", team: "calls: {allow: [list]}\n")
    let allows = allow == "[]" ? "create alone" : "create"
    #expect(
      sandbox.errors() == [
        "4:17 calls.allow: not allowed by the organization: list; it allows \(allows)"
          + " (\(sandbox.path("gateway.yaml")):5:16)"
      ])
  }

  @Test("are judged also where the team's policy is wrong: all errors are told at once")
  func besidePolicy() throws {
    let sandbox = try Sandbox.good(
      "policy: {region: {require: true}}\nkeyless: {join: 60s}\n",
      team: "policy: {region: {require: false}}\nkeyless: {join: 30s}\ncalls: {allow: [list]}\n")
    let places = sandbox.errors().map { $0.prefix { $0 != " " } }
    #expect(places == ["4:19", "5:17", "6:17"])
  }

  @Test("of one team are no other team's")
  func twoTeams() throws {
    let sandbox = try Sandbox.good("calls: {allow: [read]}\n", team: "calls: {allow: []}\n")
    try sandbox.write("teams/b.yaml", "version: 1\nteam: b\ncallers: [{name: a, unix_uid: 1}]\n")
    let configuration = try sandbox.load()
    #expect(configuration.teams.map(\.calls.isCreateAlone) == [false, true])
    #expect(configuration.allowsOtherCalls)
  }

  @Test("leave the revision as it is where they are the create alone, and change it where they are not")
  func revision() throws {
    let silent = try load("")
    let revision = silent.revision
    #expect(silent.effective.json["teams"]?["support"]?["calls"] == nil)
    for same in ["calls: {allow: []}", "calls: {allow: [create]}", "calls: {scope: any}", "audit: {reads: each}"] {
      #expect(try load(same).revision == revision, "\(same)")
    }
    let other = try load("calls: {allow: [list]}")
    #expect(other.revision != revision)
    #expect(try load("calls: {allow: [list], scope: any}").revision != other.revision)
    #expect(try load("calls: {allow: [retrieve]}").revision != other.revision)
    #expect(
      other.effective.json["teams"]?["support"]?["calls"]
        == .object(["allow": .array([.string("create"), .string("list")]), "scope": .string("own")]))
  }

  @Test("are in the report, in both its forms, where they are more than the create")
  func report() throws {
    let silent = ConfigurationReport(try load("calls: {scope: any}"))
    #expect(!silent.text.contains("calls"))
    #expect(try JSONValue.parse(silent.json)["teams"]?.array?.first?["calls"] == nil)
    let told = ConfigurationReport(
      try load("calls: {allow: [read, mute, record_stop, listening], scope: organization}"))
    let lines = told.text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    #expect(lines.contains("calls create, read, mute, record_stop, listening; scope organization"), "\(told.text)")
    let calls = try JSONValue.parse(told.json)["teams"]?.array?.first?["calls"]
    #expect(calls?["scope"] == .string("organization"))
    #expect(
      calls?["allow"]?.array?.map(\.string) == [
        "create", "list", "retrieve", "list_participants", "retrieve_participant", "mute", "record_stop", "update",
      ])
    let all = ConferenceCall.Group.allCases.map(\.rawValue).joined(separator: ", ")
    #expect(ConfigurationReport(try load("calls: {allow: [\(all)]}")).text.contains(" all; scope own\n"))
  }

  @Test("have a place where a team's file or the organization's names them, for whoever explains a refusal")
  func places() throws {
    let sandbox = try Sandbox.good("calls: {allow: [read]}\n", team: "calls: {allow: [list]}\n")
    let places = try ConfigurationLoader.loadWithPlaces(
      path: sandbox.path("gateway.yaml"), environment: Sandbox.environment
    ).places
    let organization = places.place(of: NamedRule(name: CallRules.allowRule, owner: .organization), team: "support")
    #expect(organization == sandbox.path("gateway.yaml") + ":5:16")
    let team = places.place(of: NamedRule(name: CallRules.allowRule, owner: .team), team: "support")
    #expect(team == sandbox.path("teams/support.yaml") + ":4:16")
  }

  @Test("that change nothing are recorded in one or each by itself", arguments: AuditSettings.Reads.allCases)
  func reads(reads: AuditSettings.Reads) throws {
    let configuration = try load("audit: {reads: \(reads.rawValue)}")
    #expect(configuration.audit.reads == reads)
    #expect(try load("audit: {sinks: []}").audit.reads == .counted)
    let report = ConfigurationReport(configuration)
    #expect(report.text.contains("each has a record of its own") == (reads == .each))
    #expect(try JSONValue.parse(report.json)["audit"]?["reads"] == .string(reads.rawValue))
  }
}
