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

  init(_ request: IncomingRequest, from caller: AuthenticatedCaller) throws(Refusal) {
    if let fault = request.bodyFault { throw fault }
    guard Self.isJSON(request.fields) else {
      throw Refusal(.mediaType, faults: [Fault(.notJSONContentType, "Content-Type must be application/json")])
    }
    guard !request.fields.contains("content-encoding") else {
      throw Refusal(.mediaType, faults: [Fault(.notJSONContentType, "the body must not be encoded")])
    }
    var command = try ConferenceCommand.decode(request.body)
    retryCount = try Self.retryCount(request.fields)
    fingerprint = Digest.sha256(command.fingerprintText())
    if let key = try IdempotencyKey.read(request.fields) {
      if let inBody = command[.commandID]?.string, !inBody.hasSameBytes(as: key) {
        throw .badRequest("command_id and the Idempotency-Key field are both given and differ")
      }
      command[.commandID] = .string(key)
    }
    self.command = command
    self.caller = caller
  }

  private static func isJSON(_ fields: HeaderFields) -> Bool {
    // Nearly always as short as that.
    if fields.hasValue("application/json", of: "content-type") { return true }
    guard let contentType = fields.value(of: "content-type") else { return false }
    let type = contentType.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
    return String(decoding: type, as: UTF8.self).lowercased().utf8.elementsEqual("application/json".utf8)
  }

  /// `x-stainless-retry-count`. With one that can't be read nobody could say whether this is a repeat: it is refused.
  private static func retryCount(_ fields: HeaderFields) throws(Refusal) -> Int {
    guard let value = try fields.onlyValueRange(of: "x-stainless-retry-count", "x-stainless-retry-count") else {
      return 0
    }
    var count = 0
    for digit in fields.bytes[value] {
      guard (0x30...0x39).contains(digit), value.count <= 9 else { count = -1; break }
      count = count * 10 + Int(digit - 0x30)
    }
    guard count >= 0, !value.isEmpty else { throw .badRequest("x-stainless-retry-count must be a number") }
    return count
  }
}
