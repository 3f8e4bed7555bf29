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
    // One that can't be read is a first try: nothing is joined by mistake.
    retryCount = request.fields.value(of: "x-stainless-retry-count").flatMap { Int($0) } ?? 0
    fingerprint = Digest.sha256(command.fingerprintText())
    if let key = try Self.idempotencyKey(request.fields) {
      if let inBody = command[.commandID], inBody != .string(key) {
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

  /// The `Idempotency-Key` field: a structured string in quotes, as its draft has it, or bare, as most clients send it.
  private static func idempotencyKey(_ fields: HeaderFields) throws(Refusal) -> String? {
    let values = fields.values(of: "idempotency-key")
    guard let value = values.first else { return nil }
    guard values.count == 1 else { throw .badRequest("there is more than one Idempotency-Key field") }
    var key = value
    if value.utf8.first == UInt8(ascii: "\"") {
      guard value.utf8.count >= 2, value.utf8.last == UInt8(ascii: "\"") else {
        throw .badRequest("Idempotency-Key begins with a quote but does not end with one")
      }
      key = String(value.dropFirst().dropLast())
    }
    switch Field.commandID.specification.kind.check(.string(key)) {
    case .success: return key
    case .failure(let fault): throw .badRequest("Idempotency-Key \(fault.detail)")
    }
  }
}
