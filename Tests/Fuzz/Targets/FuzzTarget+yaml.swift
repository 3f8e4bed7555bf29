internal import Conference
internal import Gateway
internal import Policy

@testable internal import Configuration

extension FuzzTarget {
  /// A gateway's file, and behind NULs, which no file may have, those of teams.
  ///
  /// 1. There are errors or a configuration. Each error has its place in its file, and is one line.
  /// 2. A team's rules only tighten the organization's: what they allow, and as they change it, the organization's allow too.
  static func checkYAML(_ input: [UInt8]) throws(Violation) {
    let diagnostics = Diagnostics()
    let parts = input.split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false)
    var texts: [String: String] = [:]
    var roots: [(file: String, value: YAMLValue)] = []
    for (index, part) in parts.enumerated() {
      let file = index == 0 ? "gateway.yaml" : "team\(index).yaml"
      guard let text = SourceText.decode(Array(part), of: file, diagnostics: diagnostics) else { continue }
      texts[file] = text
      guard let value = YAMLDocument.parse(text, file: file, diagnostics: diagnostics) else { continue }
      roots.append((file, value))
    }
    var gateway: GatewayFile?
    var teams: [TeamFile] = []
    for root in roots {
      let reader = FileReader(file: root.file, diagnostics: diagnostics)
      if root.file == "gateway.yaml" {
        gateway = GatewayFile.read(root.value, reader: reader)
      } else {
        teams.append(TeamFile.read(root.value, reader: reader))
      }
    }
    TeamUniqueness.check(teams)
    guard let gateway else {
      try require(!diagnostics.isEmpty, "a file that can't be read is an error")
      return try check(diagnostics, in: texts)
    }
    let merged = TeamMerge(gateway).merge(teams)
    try check(diagnostics, in: texts)
    guard diagnostics.isEmpty else { return }
    try require(merged.count == teams.count, "each team is there, or an error")
    try require(!gateway.organization.isEmpty && !gateway.server.listen.isEmpty, "what must be there is there")
    for team in merged { try check(team.policy, tightens: gateway.policy.layer) }
  }

  private static func check(_ diagnostics: Diagnostics, in texts: [String: String]) throws(Violation) {
    let sizes = texts.mapValues(size)
    for error in diagnostics.sorted.errors {
      try require(!error.message.isEmpty, "an error has words")
      let description = error.description
      try require(
        !description.unicodeScalars.contains { $0.properties.generalCategory == .control },
        "an error is one line: \(description)")
      try require(error.message.utf8.count < 4096, "an error is short: \(description)")
      try require(error.line >= 1 && error.column >= 1, "an error has a place: \(description)")
      // Where the text can't be read at all, the place is before whatever is wrong.
      guard let size = sizes[error.file] else { continue }
      try require(error.line <= size.lines + 1, "an error's line is in the file: \(description)")
      try require(error.column <= size.characters + 2, "an error's column is in the file: \(description)")
    }
  }

  private static func size(_ text: String) -> (lines: Int, characters: Int) {
    var (lines, characters) = (1, 0)
    var isAfterReturn = false
    for scalar in text.unicodeScalars {
      characters += 1
      if TextCursor.endsLine(scalar), !(isAfterReturn && scalar == "\n") { lines += 1 }
      isAfterReturn = scalar == "\r"
    }
    return (lines, characters)
  }

  private static func check(_ team: EffectivePolicy, tightens layer: PolicyLayer) throws(Violation) {
    guard let organization = try? EffectivePolicy.merging(organization: layer, team: nil) else {
      throw Violation("the organization's rules hold without a team's")
    }
    for command in samples {
      guard let decision = try? team.decide(command) else { continue }
      guard let again = try? organization.decide(decision.command) else {
        throw Violation(
          "the organization refuses what a team allows: \(String(decoding: command.body(), as: UTF8.self))")
      }
      try require(again.command == decision.command, "the organization would change what a team allows")
    }
  }

  private static let samples = [
    #"{"call_control_id":"v3:x","name":"a"}"#,
    #"{"call_control_id":"v3:x","name":"standup-1","max_participants":800,"duration_minutes":1000}"#,
    #"{"call_control_id":"v3:x","name":"A b","max_participants":2,"duration_minutes":1,"region":"US","command_id":"c"}"#,
    #"{"call_control_id":"v3:x","name":"hold-a","hold_media_name":"hold-a","start_conference_on_create":false}"#,
    #"{"call_control_id":"v3:x","name":"n","hold_audio_url":"https://media.example.com/hold/a.wav","region":"Europe"}"#,
    #"{"call_control_id":"v3:x","name":"n","client_state":"YQ==","beep_enabled":"always","comfort_noise":false,"new":1}"#,
  ].compactMap { try? ConferenceCommand.decode(Array($0.utf8)) }
}
