package import Crypto
internal import JSON

/// An Ed25519 signature, and whose it is, as marks and lists of heads carry one.
package struct MarkSignature: Sendable, Equatable {
  /// `VerifyingKey.name`.
  package let key: String
  package let bytes: [UInt8]

  init(of statement: [UInt8], by key: SigningKey) { (self.key, bytes) = (key.publicKey.name, key.sign(statement)) }

  /// Reads what `write` writes; nil where there is no signature.
  init?(_ json: JSONValue) {
    guard let key = json["key"]?.string else { return nil }
    self.key = key
    bytes = json["signature"]?.string.flatMap { [UInt8](base64: $0) } ?? []
  }

  func write(to writer: inout JSONWriter) {
    writer.member("key", key)
    writer.member("signature", bytes.base64)
  }
}

extension Optional<MarkSignature> {
  /// Why it is none of these keys' for what is said; nil = it is one of them.
  package func objection(_ keys: [VerifyingKey], _ statement: [UInt8]) -> String? {
    guard let self else { return "it is not signed" }
    guard let key = keys.first(where: { $0.name == self.key }) else {
      return "it is signed with the key \(self.key.prefix(16)), which is none of those that were given"
    }
    return key.isValid(self.bytes, of: statement) ? nil : "its signature is not that of the key \(key.name)"
  }
}
