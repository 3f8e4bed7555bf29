import Conference
import Configuration
import Gateway
import JSON
import Policy
import Testing

/// Each kind of rule on its whole way: read from files, merged, applied to a request, reported and in the schema.
///
/// The table is a `switch` over the kinds: a new one has no test until somebody writes its line, and until then nothing builds.
@Suite("Rule kinds")
struct RuleKindTests {
  /// What stands under `policy` in both files, and what becomes of a request.
  struct Walk {
    var field: String
    /// Lets the request pass as it says.
    var organization: String
    var tighter: String
    var members: String
    var byOrganization = "sent"
    var byTeam: String
    /// An organization's rule that the team's `looser` one would loosen.
    var strict: String
    var looser: String
    /// A team can't loosen it in any words: both rules hold.
    var addsUp = false
  }

  private func walk(_ kind: RuleKind) -> Walk {
    switch kind {
    case .force:
      Walk(
        field: "comfort_noise", organization: "{default: true}", tighter: "{force: false}",
        members: #""comfort_noise":true"#, byTeam: "sent comfort_noise;forced=false", strict: "{force: true}",
        looser: "{force: false}")
    case .forbid:
      Walk(
        field: "client_state", organization: "{max_length: 8}", tighter: "{forbid: true}",
        members: #""client_state":"aGk=""#, byTeam: "refused client_state.forbid", strict: "{forbid: true}",
        looser: "{forbid: false}")
    case .default:
      Walk(
        field: "region", organization: "{default: US}", tighter: "{default: Europe}", members: "",
        byOrganization: "sent region;default=US", byTeam: "sent region;default=Europe", strict: "{allow: [US]}",
        looser: "{default: Europe}")
    case .require:
      Walk(
        field: "region", organization: "{allow: [US]}", tighter: "{require: true}", members: "",
        byTeam: "refused region.require", strict: "{require: true}", looser: "{require: false}")
    case .min:
      Walk(
        field: "max_participants", organization: "{min: 5}", tighter: "{min: 10}", members: #""max_participants":7"#,
        byTeam: "refused max_participants.min", strict: "{min: 5}", looser: "{min: 4}")
    case .max:
      Walk(
        field: "max_participants", organization: "{max: 200}", tighter: "{max: 100}",
        members: #""max_participants":150"#, byTeam: "refused max_participants.max", strict: "{max: 200}",
        looser: "{max: 201}")
    case .over:
      Walk(
        field: "max_participants", organization: "{max: 200, over: clamp}", tighter: "{over: reject}",
        members: #""max_participants":250"#, byOrganization: "sent max_participants;clamped=200",
        byTeam: "refused max_participants.max", strict: "{max: 200}", looser: "{over: clamp}")
    case .allow:
      Walk(
        field: "region", organization: "{allow: [US, Europe]}", tighter: "{allow: [US]}",
        members: #""region":"Europe""#, byTeam: "refused region.allow", strict: "{allow: [US]}",
        looser: "{allow: [US, Europe]}")
    case .pattern:
      Walk(
        field: "hold_media_name", organization: "{pattern: \"^hold\"}", tighter: "{pattern: \"night$\"}",
        members: #""hold_media_name":"hold-day","start_conference_on_create":false"#,
        byTeam: "refused hold_media_name.pattern", strict: "{pattern: \"night$\"}", looser: "{pattern: \".\"}",
        addsUp: true)
    case .maxLength:
      Walk(
        field: "client_state", organization: "{max_length: 8}", tighter: "{max_length: 4}",
        members: #""client_state":"aGkhaGkh""#, byTeam: "refused client_state.max_length", strict: "{max_length: 4}",
        looser: "{max_length: 8}")
    case .unknownFields:
      Walk(
        field: "unknown_fields", organization: "forward", tighter: "reject", members: #""later":1"#,
        byTeam: "refused unknown_fields", strict: "reject", looser: "forward")
    }
  }

  @Test("a team's tighter rule is read, told and applied", arguments: RuleKind.allCases)
  func tightens(kind: RuleKind) throws {
    let walk = walk(kind)
    #expect(outcome(try load(walk.field, walk.organization, nil), walk.members) == walk.byOrganization)
    let loaded = try load(walk.field, walk.organization, walk.tighter)
    #expect(outcome(loaded, walk.members) == walk.byTeam)
    let told = "\(kind == .unknownFields ? "" : kind.rawValue + " ")\(words(walk.tighter, kind)) (team support)"
    let report = ConfigurationReport(loaded)
    // What fills a field is told in a column of its own.
    #expect(report.text.contains(kind == .default ? "Europe (team support)" : told), "\(report.text)")
    let fields = try #require(try JSONValue.parse(report.json)["teams"]?.array?.first?["policy"]?.array)
    let rules = try #require(fields.first { $0["field"]?.string == walk.field }?["rules"]?.array)
    #expect(rules.contains { $0["rule"]?.string == kind.rawValue && $0["from"]?.string == "team support" })
  }

  @Test("a team's looser rule is refused at its line, or changes nothing", arguments: RuleKind.allCases)
  func loosens(kind: RuleKind) throws {
    let walk = walk(kind)
    if walk.addsUp {
      let strict = outcome(try load(walk.field, walk.strict, nil), walk.members)
      #expect(strict == walk.byTeam)
      #expect(outcome(try load(walk.field, walk.strict, walk.looser), walk.members) == strict)
    } else {
      let sandbox = try sandbox(walk.field, walk.strict, walk.looser)
      let errors = sandbox.errors()
      #expect(errors.count == 1 && errors.allSatisfy { $0.hasPrefix("4:") }, "\(errors)")
    }
  }

  @Test("each kind is in the schema, where a field has a use for it", arguments: RuleKind.allCases)
  func schema(kind: RuleKind) throws {
    let schema = try JSONValue.parse(Array(ConfigurationSchema.team.utf8))
    let field = try #require(schema["properties"]?["policy"]?["properties"]?[walk(kind).field])
    #expect(kind == .unknownFields ? field["enum"] != nil : field["properties"]?[kind.rawValue]?["description"] != nil)
  }

  private func sandbox(_ field: String, _ organization: String, _ team: String?) throws -> Sandbox {
    try Sandbox.good(
      "policy: {\(field): \(organization)}\n", team: team.map { "policy: {\(field): \($0)}\n" } ?? "")
  }

  private func load(_ field: String, _ organization: String, _ team: String?) throws -> GatewayConfiguration {
    try sandbox(field, organization, team).load()
  }

  /// `sent` and the changes, or `refused` and the rule.
  private func outcome(_ configuration: GatewayConfiguration, _ members: String) -> String {
    let body = #"{"call_control_id":"v3:a","name":"n"\#(members.isEmpty ? "" : ",")\#(members)}"#
    do {
      let command = try ConferenceCommand.decode(Array(body.utf8))
      guard let policy = configuration.teams.first?.policy else { return "no team" }
      return try policy.decide(command).changes.reduce("sent") { text, change in
        "\(text) \(change.field.name);\(change.kind.rawValue)=\(change.effective?.description ?? "")"
      }
    } catch {
      return "refused \(error.rule ?? "")"
    }
  }

  /// `{max: 100}` without its braces, its quotes and its kind.
  private func words(_ rule: String, _ kind: RuleKind) -> String {
    guard kind != .unknownFields else { return rule }
    let value = rule.dropFirst(kind.rawValue.count + 3).dropLast()
    return value.filter { !"\"[]".contains($0) }
  }
}
