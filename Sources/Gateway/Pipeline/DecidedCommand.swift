internal import Conference
internal import Crypto
internal import Policy

/// A command that policy allows, as it will be sent. Only policy's yes makes one.
final class DecidedCommand {
  let decoded: DecodedCommand
  let decision: Decision
  let commandID: String
  /// The caller gave no key, so the gateway made one: its own resends stay safe.
  let isKeyless: Bool
  /// Written anew from what policy judged.
  let body: [UInt8]

  init(_ decoded: DecodedCommand) throws(Refusal) {
    self.decoded = decoded
    decision = try decoded.caller.team.policy.decide(decoded.command)
    var command = decision.command
    let key = command[.commandID]?.string
    commandID = key ?? Randomness.uuid()
    isKeyless = key == nil
    if isKeyless { command[.commandID] = .string(commandID) }
    body = command.body()
  }
}

extension Admission {
  convenience init(_ asked: AskedCommand, obstacle: Refusal?) {
    let decided = asked.decided
    let command = decided.decision.command
    self.init(
      commandID: decided.commandID, team: decided.decoded.caller.team.name, caller: decided.decoded.caller.name,
      fingerprint: decided.decoded.fingerprint, body: decided.body, token: asked.token,
      conferenceName: command[.name]?.string ?? "",
      region: command[.region]?.string, limits: decided.decoded.caller.limits, obstacle: obstacle,
      isKeyless: decided.isKeyless, retryCount: decided.decoded.retryCount, audit: asked.audit)
  }
}
