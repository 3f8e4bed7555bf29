package import Crypto
internal import JSON

/// A place in the chain that somebody vouches for: that the record `seq` has the hash `hash`, and by that all before it.
///
/// What is signed, with Ed25519, is a text of four lines (three where there is no `first`), the last one without a line feed:
///
///     convene-PURPOSE-1
///     FIRST
///     SEQ
///     HASH
///
/// PURPOSE is `checkpoint`, `anchor` or `seal`; numbers are decimal, the hash is 64 lower-case hex digits.
package struct ChainMark: Sendable, Equatable {
  package enum Purpose: String, Sendable {
    /// A record of the chain itself, which vouches for the one before it.
    case checkpoint
    /// The newest record that was pruned.
    case anchor
    /// The last line of an exported file, which vouches for the records `first` to `seq`.
    case seal
  }

  package struct Signature: Sendable, Equatable {
    /// `VerifyingKey.name`.
    package let key: String
    package let bytes: [UInt8]
  }

  package let purpose: Purpose
  /// Of a seal alone.
  package let first: Int64?
  package let seq: Int64
  package let hash: [UInt8]
  package private(set) var signature: Signature?

  /// - Parameter key: nil = it is not signed.
  package init(_ purpose: Purpose, of chain: AuditChain, first: Int64? = nil, signedBy key: SigningKey?) {
    self.purpose = purpose
    self.first = first
    seq = chain.seq
    hash = chain.hash
    if let key { signature = Signature(key: key.publicKey.name, bytes: key.sign(statement)) }
  }

  package var place: AuditChain { AuditChain(seq: seq, hash: hash) }
  package var isSigned: Bool { signature != nil }

  /// What is signed.
  package var statement: [UInt8] {
    Array("convene-\(purpose.rawValue)-1\n\(first.map { "\($0)\n" } ?? "")\(seq)\n\(hash.hex)".utf8)
  }

  /// Why the signature is none of these keys'; nil = it is one of them.
  package func objection(_ keys: [VerifyingKey]) -> String? {
    guard let signature else { return "it is not signed" }
    guard let key = keys.first(where: { $0.name == signature.key }) else {
      return "it is signed with the key \(signature.key.prefix(16)), which is none of those that were given"
    }
    return key.isValid(signature.bytes, of: statement) ? nil : "its signature is not that of the key \(key.name)"
  }
}

extension ChainMark {
  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    if let first {
      writer.key("first")
      writer.value(first)
    }
    writer.key("seq")
    writer.value(seq)
    writer.member("hash", hash.hex)
    if let signature {
      writer.member("key", signature.key)
      writer.member("signature", signature.bytes.base64)
    }
    writer.endObject()
  }

  package var text: [UInt8] {
    var writer = JSONWriter(capacity: 256)
    write(to: &writer)
    return writer.bytes
  }

  /// Reads what `write` writes.
  init?(_ purpose: Purpose, _ json: JSONValue) {
    // As of records: there is always room for a next number.
    guard let seq = json["seq"]?.integer, (0..<Int64.max).contains(seq),
      let hash = json["hash"]?.string.flatMap({ [UInt8](hex: $0) }), hash.count == 32
    else { return nil }
    self.purpose = purpose
    first = json["first"]?.integer
    self.seq = seq
    self.hash = hash
    if let key = json["key"]?.string {
      signature = Signature(key: key, bytes: json["signature"]?.string.flatMap { [UInt8](base64: $0) } ?? [])
    }
  }

  package init?(_ purpose: Purpose, text: [UInt8]) {
    guard let json = try? JSONValue.parse(text) else { return nil }
    self.init(purpose, json)
  }
}
