internal import Policy

@testable internal import Configuration

/// Policies to judge commands by, read from files as a gateway reads them.
struct FuzzPolicy {
  let effective: EffectivePolicy
  /// Whether it forwards members that it doesn't know.
  let forwardsUnknown: Bool

  /// Every kind of rule, tightened by a team.
  static let lenient = FuzzPolicy(
    organization: """
      name:             {pattern: "^[a-z0-9-]+$", max_length: 128}
      beep_enabled:     {default: on_enter, allow: [never, on_enter, on_exit]}
      duration_minutes: {default: 60, max: 240}
      hold_audio_url:   {allow: ["https://media.example.com/hold/", "http://www.example.com/audio.wav"]}
      hold_media_name:  {allow: ["hold-*"]}
      max_participants: {default: 50, max: 200, over: clamp}
      region:           {allow: [US, Europe]}
      unknown_fields:   forward
      """,
    team: """
      max_participants:           {default: 20, max: 100}
      start_conference_on_create: {force: false}
      hold_media_name:            {allow: ["hold-music-*", "hold-*-quiet"]}
      """, forwardsUnknown: true)

  /// Every kind of no.
  static let strict = FuzzPolicy(
    organization: """
      client_state:     {forbid: true}
      command_id:       {require: true}
      duration_minutes: {min: 5, max: 60, over: clamp}
      hold_audio_url:   {allow: ["https://media.example.com"]}
      max_participants: {min: 3, max: 7}
      """,
    team: """
      unknown_fields:   reject
      region:           {require: true, allow: [US]}
      hold_audio_url:   {allow: ["https://media.example.com/hold"]}
      """, forwardsUnknown: false)

  private init(organization: String, team: String, forwardsUnknown: Bool) {
    let diagnostics = Diagnostics()
    func layer(_ text: String, _ origin: PolicyLayer.Origin) -> PolicyLayer {
      guard let value = YAMLDocument.parse(text, file: "\(origin)", diagnostics: diagnostics) else {
        preconditionFailure("\(diagnostics.sorted)")
      }
      return FileReader(file: "\(origin)", diagnostics: diagnostics).policy(value, origin: origin).layer
    }
    let merged = Result {
      try EffectivePolicy.merging(
        organization: layer(organization, .organization), team: layer(team, .team("fuzz")))
    }
    guard diagnostics.isEmpty, case .success(let effective) = merged else {
      preconditionFailure("\(diagnostics.sorted) \(merged)")
    }
    self.effective = effective
    self.forwardsUnknown = forwardsUnknown
  }
}
