import Conference
import EventLoop
import Gateway
import JSON
import Policy

/// What each operation begins with: what the operations before it made of the benchmark's request.
struct Material {
  let policy: EffectivePolicy
  let limit: LimitRule
  let command: ConferenceCommand
  /// The same, but for a number that policy refuses.
  let refused: ConferenceCommand
  let decision: Decision
  /// What the record has in the place of the command's tokens.
  let tokens: AuditEntry.Tokens

  /// As it would be sent.
  var allowed: ConferenceCommand { decision.command }

  /// - Throws: where the operations don't do what their names say: then nothing of the kind would be measured.
  init(_ configuration: GatewayConfiguration) throws {
    guard let team = configuration.teams.first, let limit = team.limits.first else {
      throw Complaint("the configuration has no team with a limit")
    }
    policy = team.policy
    self.limit = limit
    command = try ConferenceCommand.decode(Request.body)
    guard JSONValue.string(at: ["data", "id"], in: Request.reply) == Request.conferenceID else {
      throw Complaint("the conference's id is not found in the reply")
    }

    do {
      decision = try policy.decide(command)
      guard !decision.changes.isEmpty else { throw Complaint("policy changes nothing of the request") }
    } catch let refusal as Refusal {
      throw Complaint("policy refuses the request: \(refusal.faults.map(\.detail))")
    }

    var entry = AuditEntry(organization: "", peer: "", requestID: "", received: .now, configuration: "")
    entry.noteTokens(of: command, Pseudonyms(key: [UInt8](repeating: 0x5A, count: 32)))
    tokens = entry.tokens

    var refused = command
    if let duration = Field(named: "duration_minutes") { refused[duration] = .integer(300) }
    self.refused = refused
    if (try? policy.decide(refused)) != nil { throw Complaint("policy refuses no conference of 300 minutes") }
  }
}
