internal import Conference
internal import Crypto
internal import Policy

/// A command that policy allows, as it will be sent. Only policy's yes makes one.
final class DecidedCommand {
  let decoded: DecodedCommand
  let decision: Decision
  let commandID: String
  /// Written anew from what policy judged.
  let body: [UInt8]

  init(_ decoded: DecodedCommand) throws(Refusal) {
    self.decoded = decoded
    decision = try decoded.caller.team.policy.decide(decoded.command)
    var command = decision.command
    commandID = decoded.makeCommandID()
    // The gateway made one: its own resends stay safe.
    if decoded.isKeyless { command[.commandID] = .string(commandID) }
    body = command.body()
  }
}

extension Admission {
  convenience init(_ asked: AskedCommand, unavailability: Refusal?) {
    let decoded = asked.decoded
    let command = asked.decided?.decision.command ?? decoded.command
    self.init(
      commandID: asked.ownCommandID, team: decoded.caller.team.name, caller: decoded.caller.name,
      fingerprint: decoded.fingerprint, body: asked.decided?.body ?? [], token: asked.token,
      conferenceName: command[.name]?.string ?? "",
      region: command[.region]?.string, limits: decoded.caller.limits, unavailability: unavailability,
      forbidden: asked.forbidden,
      isKeyless: decoded.isKeyless, retryCount: decoded.retryCount,
      joinWithin: decoded.isKeyless ? decoded.caller.team.keylessJoin : nil, audit: asked.audit)
  }
}
