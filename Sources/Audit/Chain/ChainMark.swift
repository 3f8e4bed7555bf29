package import Crypto
internal import JSON

/// A place in the chain that somebody vouches for: that the record `seq` has the hash `hash`, and by that all before it.
///
/// What is signed, with Ed25519, is a text of these lines, the last one without a line feed:
///
///     convene-PURPOSE-1
///     writer WRITER        where there is one
///     FIRST                where there is one
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

  package let purpose: Purpose
  /// Of a seal alone.
  package let first: Int64?
  package let seq: Int64
  package let hash: [UInt8]
  /// Whose chain, where it lies among others: an anchor stands beside the chain, and must not pass for another one's.
  package let writer: Int64?
  package private(set) var signature: MarkSignature?

  /// - Parameter key: nil = it is not signed.
  package init(
    _ purpose: Purpose, of chain: AuditChain, first: Int64? = nil, writer: Int64? = nil, signedBy key: SigningKey?
  ) {
    self.purpose = purpose
    self.first = first
    self.writer = writer
    seq = chain.seq
    hash = chain.hash
    if let key { signature = MarkSignature(of: statement, by: key) }
  }

  package var place: AuditChain { AuditChain(seq: seq, hash: hash) }
  package var isSigned: Bool { signature != nil }

  /// What is signed.
  package var statement: [UInt8] {
    let lines = [writer.map { "writer \($0)" }, first.map { "\($0)" }, "\(seq)", hash.hex].compactMap(\.self)
    return Array("convene-\(purpose.rawValue)-1\n\(lines.joined(separator: "\n"))".utf8)
  }

  /// Why the signature is none of these keys'; nil = it is one of them.
  package func objection(_ keys: [VerifyingKey]) -> String? { signature.objection(keys, statement) }
}

extension ChainMark {
  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    if let whose = self.writer {
      writer.key("writer")
      writer.value(whose)
    }
    if let first {
      writer.key("first")
      writer.value(first)
    }
    writer.key("seq")
    writer.value(seq)
    writer.member("hash", hash.hex)
    signature?.write(to: &writer)
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
    writer = json["writer"]?.integer
    self.seq = seq
    self.hash = hash
    signature = MarkSignature(json)
  }

  package init?(_ purpose: Purpose, text: [UInt8]) {
    guard let json = try? JSONValue.parse(text) else { return nil }
    self.init(purpose, json)
  }
}
