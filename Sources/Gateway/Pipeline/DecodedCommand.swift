internal import Conference
internal import Crypto
internal import JSON

/// A caller's command that is well-formed, with the key under which it is to be executed once.
///
/// A class, as what is made of it is: both change hands several times.
final class DecodedCommand {
  let caller: AuthenticatedCaller
  /// As the caller wrote it; `command_id` may have come from the `Idempotency-Key` field.
  let command: ConferenceCommand
  /// SHA-256 of the caller's parsed body, before policy: a change of policy can't make an honest retry another command.
  let fingerprint: [UInt8]
  /// What the caller's SDK says of itself: 0 = first try.
  let retryCount: Int

  /// - Parameter head: of the same request.
  init(_ body: [UInt8], _ head: CommandHead, from caller: AuthenticatedCaller) throws(Refusal) {
    var command = try ConferenceCommand.decode(body)
    fingerprint = Digest.sha256(command.fingerprintText())
    if let key = head.key {
      if let inBody = command[.commandID]?.string, !inBody.hasSameBytes(as: key) {
        throw .twoKeys
      }
      command[.commandID] = .string(key)
    }
    self.command = command
    self.caller = caller
    retryCount = head.retryCount
  }

  /// The caller gave no key.
  var isKeyless: Bool { command[.commandID] == nil }

  /// Whether it may have been sent before.
  var mayBeRepeat: Bool { !isKeyless || retryCount > 0 || caller.team.keylessJoin != nil }

  /// The caller's key, or a new one.
  func makeCommandID() -> String { command[.commandID]?.string ?? Randomness.uuid() }
}

extension Refusal {
  static let twoKeys = badRequest("command_id and the Idempotency-Key field are both given and differ")
}
