import Conference
import Pattern
import Policy
import Testing

@Suite("Merge")
struct MergeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let sentence: String
    let organization: [FieldRule]
    let team: [FieldRule]
    /// `field.kind (origin) against kind (origin)` of each conflict.
    let conflicts: [String]
    var testDescription: String { sentence }

    init(_ sentence: String, _ organization: [FieldRule], _ team: [FieldRule], _ conflicts: [String]) {
      self.sentence = sentence
      self.organization = organization
      self.team = team
      self.conflicts = conflicts
    }
  }

  static let cases: [Case] = [
    Case("a smaller max tightens", [max(200)], [max(100)], []),
    Case("an equal max changes nothing", [max(200)], [max(200)], []),
    Case("a larger max loosens", [max(200)], [max(201)], ["max_participants.max t against max organization"]),
    Case("a larger min tightens", [min(5)], [min(6)], []),
    Case("a smaller min loosens", [min(5)], [min(4)], ["max_participants.min t against min organization"]),
    Case("a limit where the organization has none tightens", [], [max(100)], []),
    Case(
      "clamp loosens where the organization rejects", [rule("max_participants") { ($0.max, $0.over) = (200, .reject) }],
      [over(.clamp)], ["max_participants.over t against over organization"]),
    Case(
      "clamp loosens where the organization has a limit and rejects by saying nothing", [max(200)],
      [rule("max_participants") { ($0.max, $0.over) = (100, .clamp) }],
      ["max_participants.over t against max organization"]),
    Case(
      "reject tightens where the organization clamps",
      [rule("max_participants") { ($0.max, $0.over) = (200, .clamp) }], [over(.reject)], []),
    Case(
      "clamp where the organization clamps changes nothing",
      [rule("max_participants") { ($0.max, $0.over) = (200, .clamp) }],
      [rule("max_participants") { ($0.max, $0.over) = (100, .clamp) }], []),
    Case(
      "a team may clamp at its own limit", [], [rule("max_participants") { ($0.max, $0.over) = (100, .clamp) }], []),
    Case("over without a limit says nothing", [], [over(.clamp)], ["max_participants.over t"]),
    Case("min above max can't be", [max(10)], [min(20)], ["max_participants.min t against max organization"]),

    Case("fewer words tighten", [allow("US", "Europe")], [allow("US")], []),
    Case(
      "another word loosens", [allow("US", "Europe")], [allow("US", "Australia")],
      ["region.allow t against allow organization"]),
    Case("a list where the organization has none tightens", [], [allow("Australia")], []),
    Case(
      "a glob within the organization's tightens", [glob("hold-*", "x*")], [glob("hold-night-*", "x", "hold-*")], []),
    Case(
      "a wider glob loosens", [glob("hold-*")], [glob("hold*")], ["hold_media_name.allow t against allow organization"]),
    Case("a star alone loosens", [glob("hold-*")], [glob("*")], ["hold_media_name.allow t against allow organization"]),
    Case(
      "a longer prefix tightens", [prefix("https://h.example/hold")],
      [prefix("https://h.example/hold", "https://h.example/hold/", "https://h.example/hold/night/")], []),
    Case(
      "a shorter prefix loosens", [prefix("https://h.example/hold/")], [prefix("https://h.example/hold")],
      ["hold_audio_url.allow t against allow organization"]),
    Case(
      "another scheme, host or port loosens", [prefix("https://h.example/")],
      [prefix("http://h.example/", "https://i.example/", "https://h.example:444/")],
      ["hold_audio_url.allow t against allow organization"]),
    Case(
      "a longer text loosens", [rule("name") { $0.maxLength = 10 }], [rule("name") { $0.maxLength = 11 }],
      ["name.max_length t against max_length organization"]),

    Case("the same forced value is no conflict", [force(true)], [force(true)], []),
    Case(
      "another forced value loosens", [force(true)], [force(false)],
      ["comfort_noise.force t against force organization"]),
    Case("a team may force", [rule("comfort_noise") { $0.default = .boolean(true) }], [force(false)], []),
    Case(
      "a default beside the organization's force makes no sense", [force(true)],
      [rule("comfort_noise") { $0.default = .boolean(true) }], ["comfort_noise.default t against force organization"]),
    Case(
      "a team can't forbid what the organization forces", [force(true)], [rule("comfort_noise") { $0.forbid = true }],
      ["comfort_noise.forbid t against force organization"]),
    Case(
      "a forced value must be one that the team's rule allows", [force(true)],
      [rule("comfort_noise") { $0.allow = .values([.boolean(false)]) }],
      ["comfort_noise.allow t against force organization"]),
    Case(
      "require can't be undone", [rule("region") { $0.require = true }], [rule("region") { $0.require = false }],
      ["region.require t against require organization"]),
    Case(
      "forbid can't be undone", [rule("region") { $0.forbid = true }], [rule("region") { $0.forbid = false }],
      ["region.forbid t against forbid organization"]),
    Case(
      "what is forbidden can't be required", [rule("region") { $0.forbid = true }],
      [rule("region") { $0.require = true }], ["region.require t against forbid organization"]),
    Case(
      "what is required can't be forbidden", [rule("region") { $0.require = true }],
      [rule("region") { $0.forbid = true }], ["region.forbid t against require organization"]),
    Case(
      "what is forbidden has no default", [rule("region") { $0.forbid = true }],
      [rule("region") { $0.default = .string("US") }], ["region.default t against forbid organization"]),
    Case(
      "a team that forbids drops the organization's default", [rule("region") { $0.default = .string("US") }],
      [rule("region") { $0.forbid = true }], []),

    Case(
      "an organization's default that the team's max makes illegal is told at the team's line",
      [rule("max_participants") { ($0.default, $0.max, $0.over) = (.integer(50), 200, .clamp) }], [max(20)],
      ["max_participants.max t against default organization"]),
    Case(
      "unless the team gives a default of its own",
      [rule("max_participants") { ($0.default, $0.max, $0.over) = (.integer(50), 200, .clamp) }],
      [rule("max_participants") { ($0.default, $0.max) = (.integer(10), 20) }], []),
    Case(
      "a team's default must keep the organization's rule", [allow("US")],
      [rule("region") { $0.default = .string("Europe") }],
      ["region.default t against allow organization"]),
    Case(
      "a team's default must match the organization's pattern",
      [rule("hold_media_name") { $0.patterns = [pattern("^a")] }],
      [
        rule("hold_media_name") {
          $0.patterns = [pattern("z$")]
          $0.default = .string("bz")
        }
      ], ["hold_media_name.default t against pattern organization"]),
    Case(
      "both hold fields can't have a default", [rule("hold_media_name") { $0.default = .string("a") }],
      [rule("hold_audio_url") { $0.default = .string("https://h.example/") }],
      ["hold_audio_url.default t against default organization"]),
    Case(
      "both hold fields can't be demanded", [rule("hold_media_name") { $0.force = .string("a") }],
      [rule("hold_audio_url") { $0.require = true }], ["hold_audio_url.require t against force organization"]),
  ]

  @Test("merge", arguments: cases)
  func merges(_ test: Case) {
    #expect(conflicts(test.organization, test.team) == test.conflicts)
  }

  @Test("an organization that contradicts itself is told so without any team")
  func organizationAlone() {
    let rules = [
      rule("max_participants") { ($0.default, $0.max) = (.integer(50), 20) },
      rule("comfort_noise") { ($0.force, $0.default) = (.boolean(true), .boolean(true)) },
      rule("region") { ($0.forbid, $0.require) = (true, true) },
      rule("duration_minutes") { ($0.allow, $0.max) = (.values([.integer(30), .integer(60)]), 15) },
    ]
    #expect(
      Set(conflicts(rules, nil)) == [
        "max_participants.default organization against max organization",
        "comfort_noise.default organization against force organization",
        "region.require organization against forbid organization",
        "duration_minutes.allow organization against max organization",
      ])
  }

  @Test("a field that is forbidden must be one that Telnyx may assume a value for")
  func forbiddenButAssumed() {
    let rules = [rule("max_participants") { ($0.forbid, $0.max) = (true, 20) }]
    #expect(conflicts(rules, nil) == ["max_participants.forbid organization against max organization"])
  }

  @Test("patterns of both layers must match")
  func patterns() throws {
    let merged = try policy(
      [rule("name") { $0.patterns = [pattern("^room")] }],
      team: [rule("name") { $0.patterns = [pattern("7$")] }])
    #expect(outcome(merged, try command(name: "room-7")) == "sent")
    #expect(outcome(merged, try command(name: "room-8")) == "refused name.pattern /name")
    #expect(outcome(merged, try command(name: "hall-7")) == "refused name.pattern /name")
  }

  @Test("a team's words stand, and what it leaves open is the organization's")
  func effective() throws {
    let merged = try policy(
      [rule("max_participants") { ($0.default, $0.max, $0.over) = (.integer(50), 200, .clamp) }],
      team: [rule("max_participants") { ($0.default, $0.max) = (.integer(20), 100) }])
    #expect(outcome(merged, try command()) == "sent max_participants;default=20")
    #expect(outcome(merged, try command(#""max_participants":150"#)) == "sent max_participants;clamped=100")
  }

  @Test("unknown fields that the organization rejects can't be forwarded by a team")
  func unknownFields() throws {
    let reject = layer([], unknownFields: .reject)
    #expect(throws: PolicyConflicts.self) {
      try EffectivePolicy.merging(organization: reject, team: layer([], of: .team("t"), unknownFields: .forward))
    }
    let merged = try EffectivePolicy.merging(
      organization: layer([], unknownFields: .forward), team: layer([], of: .team("t"), unknownFields: .reject))
    #expect(outcome(merged, try command(#""x":1"#)) == "refused unknown_fields /x")
    let inherited = try EffectivePolicy.merging(organization: reject, team: layer([], of: .team("t")))
    #expect(outcome(inherited, try command(#""x":1"#)) == "refused unknown_fields /x")
  }

  @Test("rows name every field, what holds, and who says so")
  func rows() throws {
    let merged = try policy(
      [rule("max_participants") { ($0.default, $0.max, $0.over) = (.integer(50), 200, .clamp) }],
      team: [rule("max_participants") { ($0.default, $0.max) = (.integer(20), 100) }])
    let rows = merged.rows
    #expect(rows.map(\.name) == Field.all.map(\.name) + ["unknown_fields"])
    let row = try #require(rows.first { $0.name == "max_participants" })
    #expect(row.type == "integer 2..800" && row.assumed == .integer(250))
    #expect(
      row.parts.map { "\($0.kind.rawValue) \($0.text) \($0.origin)" } == [
        "default 20 team t", "max 100 team t", "over clamp organization",
      ])
  }

  private func conflicts(_ organization: [FieldRule], _ team: [FieldRule]?) -> [String] {
    do {
      _ = try policy(organization, team: team)
      return []
    } catch let conflicts as PolicyConflicts {
      return conflicts.conflicts.map { conflict in
        "\(conflict.place.field?.name ?? "?").\(words(conflict.place))"
          + (conflict.other.map { " against \(words($0))" } ?? "")
      }
    } catch {
      return ["\(error)"]
    }
  }

  private func words(_ place: PolicyConflict.Place) -> String {
    if case .team(let name) = place.origin { return "\(place.kind.rawValue) \(name)" }
    return "\(place.kind.rawValue) organization"
  }

  private static func max(_ max: Int64) -> FieldRule { rule("max_participants") { $0.max = max } }
  private static func min(_ min: Int64) -> FieldRule { rule("max_participants") { $0.min = min } }
  private static func over(_ over: FieldRule.Over) -> FieldRule { rule("max_participants") { $0.over = over } }
  private static func force(_ value: Bool) -> FieldRule { rule("comfort_noise") { $0.force = .boolean(value) } }
  private static func allow(_ words: String...) -> FieldRule {
    rule("region") { $0.allow = .values(words.map(FieldValue.string)) }
  }
  private static func glob(_ globs: String...) -> FieldRule {
    rule("hold_media_name") { $0.allow = .globs(globs.map(Glob.init)) }
  }
  private static func prefix(_ prefixes: String...) -> FieldRule {
    rule("hold_audio_url") { $0.allow = .prefixes(prefixes.map(PolicyTests.prefix)) }
  }
}
