internal import Crypto
internal import JSON

extension AuditChain {
  /// What is wrong with a line of an exported audit.
  package struct Flaw: Error, Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
      /// Not a whole record: cut off, or no JSON of ours.
      case malformed
      /// The record's bytes are not those that were hashed.
      case edited
      /// The record doesn't follow the one before it.
      case broken
      /// A whole record stands here, but not the one with the next number.
      case gap
    }

    package let kind: Kind
    /// Counted from 1.
    package let line: Int

    package init(kind: Kind, line: Int) {
      self.kind = kind
      self.line = line
    }
  }

  /// Checks lines as sinks and exports write them, in order.
  ///
  /// - Parameters:
  ///   - lines: without their line feeds.
  ///   - anchor: the chain before the first line; nil = whatever the first line says, for a file that a rotation began.
  /// - Returns: the chain after the last line.
  package static func verify(
    _ lines: some Sequence<some Collection<UInt8>>, after anchor: AuditChain? = .start
  ) throws(Flaw) -> AuditChain {
    var chain = anchor
    var number = 0
    for line in lines {
      number += 1
      let line = [UInt8](line)
      guard let parts = Parts(line) else { throw Flaw(kind: .malformed, line: number) }
      var next = chain ?? AuditChain(seq: parts.seq - 1, hash: parts.previous)
      guard parts.seq == next.seq + 1 else { throw Flaw(kind: .gap, line: number) }
      guard parts.previous == next.hash else { throw Flaw(kind: .broken, line: number) }
      next.append(parts.record)
      guard next.hash == parts.hash else { throw Flaw(kind: .edited, line: number) }
      chain = next
    }
    return chain ?? .start
  }

  /// A line taken apart. Its end has a fixed shape, so nothing is searched for and no two readings are possible.
  private struct Parts {
    let seq: Int64
    let record: [UInt8]
    let previous: [UInt8]
    let hash: [UInt8]

    init?(_ line: [UInt8]) {
      guard line.count > AuditChain.tailLength else { return nil }
      let tail = Array(line.suffix(AuditChain.tailLength))
      let record = line.dropLast(AuditChain.tailLength) + [UInt8(ascii: "}")]
      let previousHex = tail[9..<73]
      let hashHex = tail[83..<147]
      guard tail[..<9].elementsEqual(#","prev":""#.utf8), tail[73..<83].elementsEqual(#"","hash":""#.utf8),
        tail[147...].elementsEqual("\"}".utf8), Self.isLowerCaseHex(previousHex), Self.isLowerCaseHex(hashHex),
        let previous = [UInt8](hex: String(decoding: previousHex, as: UTF8.self)),
        let hash = [UInt8](hex: String(decoding: hashHex, as: UTF8.self)),
        let seq = (try? JSONValue.parse(Array(record)))?["seq"]?.integer
      else { return nil }
      self.seq = seq
      self.record = Array(record)
      self.previous = previous
      self.hash = hash
    }

    private static func isLowerCaseHex(_ digits: some Sequence<UInt8>) -> Bool {
      digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
  }
}
