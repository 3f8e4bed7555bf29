import Conference
import JSON
import Pattern
import Policy
import Testing

@Suite("Decide")
struct DecideTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let sentence: String
    let rules: [FieldRule]
    let members: String
    let outcome: String
    var testDescription: String { sentence }

    init(_ sentence: String, _ rules: [FieldRule], _ members: String, _ outcome: String) {
      self.sentence = sentence
      self.rules = rules
      self.members = members
      self.outcome = outcome
    }
  }

  static let cases: [Case] = [
    Case("without rules everything is sent as it is", [], #""max_participants":800,"region":"US""#, "sent"),

    Case(
      "a default is set where nothing is given", [rule("max_participants") { $0.default = .integer(50) }], "",
      "sent max_participants;default=50"),
    Case(
      "a default leaves a given value alone", [rule("max_participants") { $0.default = .integer(50) }],
      #""max_participants":60"#, "sent"),
    Case(
      "a default is set even where it equals what Telnyx assumes",
      [rule("comfort_noise") { $0.default = .boolean(true) }], "", "sent comfort_noise;default=true"),
    Case(
      "a default waits for the field that excludes it",
      [rule("hold_media_name") { $0.default = .string("hold-1") }],
      #""hold_audio_url":"https://e.example/a","start_conference_on_create":false"#, "sent"),

    Case(
      "a default is set where null is given", [rule("max_participants") { $0.default = .integer(50) }],
      #""max_participants":null"#, "sent max_participants;default=50"),
    Case(
      "a default waits for no field that is null", [rule("hold_media_name") { $0.default = .string("hold-1") }],
      #""hold_audio_url":null,"start_conference_on_create":false"#, "sent hold_media_name;default=hold-1"),
    Case(
      "a forced value stands instead of null, and beside a null that would exclude it",
      [rule("hold_media_name") { $0.force = .string("hold-1") }],
      #""hold_media_name":null,"hold_audio_url":null,"start_conference_on_create":false"#,
      "sent hold_media_name;forced=hold-1"),
    Case("a forbidden field may be null", [rule("client_state") { $0.forbid = true }], #""client_state":null"#, "sent"),
    Case(
      "a required field must not be null", [rule("region") { $0.require = true }], #""region":null"#,
      "refused region.require /region"),
    Case(
      "a null number counts as what Telnyx assumes", [rule("duration_minutes") { $0.max = 120 }],
      #""duration_minutes":null"#, "refused duration_minutes.max /duration_minutes"),

    Case(
      "a forced value replaces the caller's", [rule("comfort_noise") { $0.force = .boolean(false) }],
      #""comfort_noise":true"#, "sent comfort_noise;forced=false"),
    Case(
      "a forced value is set where nothing is given", [rule("comfort_noise") { $0.force = .boolean(false) }], "",
      "sent comfort_noise;forced=false"),
    Case(
      "a caller who gives the forced value sees no change", [rule("comfort_noise") { $0.force = .boolean(false) }],
      #""comfort_noise":false"#, "sent"),
    Case(
      "a forced hold field can't stand beside the other one, and the force is named",
      [rule("hold_media_name") { $0.force = .string("hold-1") }],
      #""hold_audio_url":"https://e.example/a","start_conference_on_create":false"#,
      "refused hold_media_name.force /hold_audio_url"),

    Case(
      "a forbidden field is refused", [rule("client_state") { $0.forbid = true }], #""client_state":"aGk=""#,
      "refused client_state.forbid /client_state"),
    Case(
      "of a forbidden field only that is told",
      [
        rule("client_state") {
          $0.forbid = true
          $0.maxLength = 2
        }
      ], #""client_state":"aGk=""#, "refused client_state.forbid /client_state"),
    Case("a forbidden field may be absent", [rule("client_state") { $0.forbid = true }], "", "sent"),
    Case("forbid: false says nothing", [rule("client_state") { $0.forbid = false }], #""client_state":"aGk=""#, "sent"),
    Case(
      "a required field must be given", [rule("region") { $0.require = true }], "", "refused region.require /region"),
    Case("a required field that is given is fine", [rule("region") { $0.require = true }], #""region":"US""#, "sent"),
    Case(
      "a default fulfils a requirement",
      [
        rule("region") {
          $0.require = true
          $0.default = .string("US")
        }
      ], "", "sent region;default=US"),

    Case(
      "a number above max is refused", [rule("duration_minutes") { $0.max = 240 }], #""duration_minutes":241"#,
      "refused duration_minutes.max /duration_minutes"),
    Case("the max itself is allowed", [rule("duration_minutes") { $0.max = 240 }], #""duration_minutes":240"#, "sent"),
    Case(
      "a number below min is refused", [rule("max_participants") { $0.min = 10 }], #""max_participants":9"#,
      "refused max_participants.min /max_participants"),
    Case("the min itself is allowed", [rule("max_participants") { $0.min = 10 }], #""max_participants":10"#, "sent"),
    Case(
      "clamp moves a number down to max", [clamped(10, 200)], #""max_participants":250"#,
      "sent max_participants;clamped=200"),
    Case(
      "clamp moves a number up to min", [clamped(10, 200)], #""max_participants":2"#,
      "sent max_participants;clamped=10"),
    Case("clamp leaves a number within alone", [clamped(10, 200)], #""max_participants":200"#, "sent"),
    Case(
      "an absent number counts as what Telnyx assumes, and is clamped", [clamped(10, 200)], "",
      "sent max_participants;clamped=200"),
    Case(
      "an absent number that Telnyx would assume too large is refused", [rule("max_participants") { $0.max = 200 }], "",
      "refused max_participants.max /max_participants"),
    Case(
      "an absent duration counts as Telnyx's four hours", [rule("duration_minutes") { $0.max = 120 }], "",
      "refused duration_minutes.max /duration_minutes"),
    Case(
      "a clamped number must still be among the allowed",
      [
        rule("max_participants") {
          ($0.max, $0.over) = (200, .clamp)
          $0.allow = .values([.integer(10), .integer(20)])
        }
      ], #""max_participants":500"#, "refused max_participants.allow /max_participants"),

    Case(
      "a word that is not allowed is refused", [rule("region") { $0.allow = values("US", "Europe") }],
      #""region":"Australia""#, "refused region.allow /region"),
    Case("an allowed word is sent", [rule("region") { $0.allow = values("US", "Europe") }], #""region":"US""#, "sent"),
    Case("an absent region is Telnyx's to choose", [rule("region") { $0.allow = values("US") }], "", "sent"),
    Case(
      "an absent word counts as what Telnyx assumes", [rule("beep_enabled") { $0.allow = values("always") }], "",
      "refused beep_enabled.allow /beep_enabled"),
    Case(
      "an allowed boolean is the only one", [rule("comfort_noise") { $0.allow = .values([.boolean(true)]) }],
      #""comfort_noise":false"#, "refused comfort_noise.allow /comfort_noise"),
    Case(
      "a text must match a glob", [rule("hold_media_name") { $0.allow = globs("hold-*", "jazz") }],
      #""hold_media_name":"unhold-1","start_conference_on_create":false"#,
      "refused hold_media_name.allow /hold_media_name"),
    Case(
      "a text that matches a glob is sent", [rule("hold_media_name") { $0.allow = globs("hold-*", "jazz") }],
      #""hold_media_name":"hold-1","start_conference_on_create":false"#, "sent"),
    Case(
      "a text must match the pattern", [rule("name") { $0.patterns = [pattern("^[a-z]+-[0-9]+$")] }], "",
      "refused name.pattern /name"),
    Case(
      "a text may be so many bytes long", [rule("client_state") { $0.maxLength = 4 }], #""client_state":"aGkhaGkh""#,
      "refused client_state.max_length /client_state"),
    Case(
      "every rule that is broken is told",
      [
        rule("name") {
          $0.patterns = [pattern("^[0-9]+$"), pattern("^x")]
          $0.allow = globs("room-*")
        },
        rule("region") { $0.require = true },
        rule("max_participants") { $0.max = 20 },
        rule("command_id") { $0.forbid = true },
      ], #""max_participants":30,"command_id":"c""#,
      "refused command_id.forbid /command_id, region.require /region, name.allow /name, name.pattern /name,"
        + " name.pattern /name, max_participants.max /max_participants"),

    Case(
      "a hold field that Telnyx will ignore is only a warning", [], #""hold_media_name":"h""#,
      "sent hold_media_name;no_effect=h"),
    Case(
      "a hold field has an effect where the conference waits", [],
      #""hold_media_name":"h","start_conference_on_create":false"#, "sent"),
    Case(
      "what decides is the value that policy sets", [rule("start_conference_on_create") { $0.force = .boolean(false) }],
      #""hold_media_name":"h","start_conference_on_create":true"#, "sent start_conference_on_create;forced=false"),
    Case(
      "a forced start makes a hold field a warning",
      [rule("start_conference_on_create") { $0.force = .boolean(true) }],
      #""hold_media_name":"h","start_conference_on_create":false"#,
      "sent hold_media_name;no_effect=h start_conference_on_create;forced=true"),
    Case(
      "changes are told in the table's order",
      [
        rule("start_conference_on_create") { $0.force = .boolean(false) }, clamped(2, 10),
        rule("beep_enabled") { $0.default = .string("on_exit") },
      ], "",
      "sent beep_enabled;default=on_exit max_participants;clamped=10 start_conference_on_create;forced=false"),
  ]

  @Test("decide", arguments: cases)
  func decides(_ test: Case) throws {
    #expect(outcome(try policy(test.rules), try command(test.members)) == test.outcome)
  }

  private static func clamped(_ min: Int64, _ max: Int64) -> FieldRule {
    rule("max_participants") { ($0.min, $0.max, $0.over) = (min, max, .clamp) }
  }

  @Test("the decision's command is the one that is sent, and its changes say what was asked")
  func changedCommand() throws {
    let rules = [Self.clamped(2, 200), rule("region") { $0.default = .string("US") }]
    let decision = try policy(rules).decide(command(#""max_participants":250,"later":{"a":1}"#))
    #expect(decision.command[.region] == .string("US"))
    #expect(decision.command[Field(named: "max_participants")!] == .integer(200))
    #expect(decision.command.unknown.map(\.key) == ["later"], "unknown fields go along")
    #expect(decision.changes.map(\.asked) == [.integer(250), nil])
  }

  @Test("unknown fields are forwarded unless policy rejects them")
  func unknownFields() throws {
    let given = try command(#""later":1,"a/b~c":{}"#)
    #expect(outcome(try policy([]), given) == "sent")
    #expect(outcome(try policy([], unknownFields: .forward), given) == "sent")
    #expect(
      outcome(try policy([], unknownFields: .reject), given)
        == "refused unknown_fields /later, unknown_fields /a~1b~0c")
  }

  @Test("a body full of unknown fields is answered with a bounded reply")
  func manyUnknownFields() throws {
    let given = try command((0..<1000).map { "\"f\($0)\":0" }.joined(separator: ","))
    do {
      _ = try policy([], unknownFields: .reject).decide(given)
      Issue.record("was sent")
    } catch let refusal as Refusal {
      #expect(refusal.faults.count == 33)
      #expect(refusal.faults.last?.detail.contains("968") == true)
    }
  }

  @Test("a fault says what would be allowed, and is a policy's")
  func details() throws {
    let rules = [
      rule("max_participants") { $0.max = 200 }, rule("region") { $0.allow = values("US", "Europe") },
      rule("hold_audio_url") { $0.allow = prefixes("https://media.example.com/hold/") },
      rule("name") { $0.maxLength = 3 },
    ]
    let given = try command(
      #""max_participants":250,"region":"Australia","hold_audio_url":"https://evil.example/""#, name: "abcdef")
    #expect {
      try policy(rules).decide(given)
    } throws: { error in
      guard let refusal = error as? Refusal else { return false }
      return refusal.kind == .policy && refusal.status == 403
        && refusal.faults.allSatisfy { $0.code == .forbidden }
        && refusal.faults.map(\.detail) == [
          "name must be at most 3 bytes long, is 6",
          "hold_audio_url must be a URL below https://media.example.com/hold/",
          "max_participants must be at most 200, is 250", "region must be one of: US, Europe",
        ]
    }
  }

  @Test("no fault quotes a text of the caller's")
  func nothingIsQuoted() throws {
    let strict = [
      rule("call_control_id") {
        $0.allow = globs("v2:*")
        $0.patterns = [pattern("^v2")]
        $0.maxLength = 2
      },
      rule("client_state") { $0.forbid = true },
      rule("hold_audio_url") { $0.allow = prefixes("https://a.example") },
      rule("name") { $0.patterns = [pattern("^room")] },
    ]
    let given = try command(#""client_state":"czNjcmV0","hold_audio_url":"s3cret:@\\""#)
    #expect {
      try policy(strict).decide(given)
    } throws: { error in
      guard let refusal = error as? Refusal else { return false }
      return refusal.faults.count == 6
        && !refusal.faults.contains { $0.detail.contains("s3cret") || $0.detail.contains("czNj") }
    }
  }
}
