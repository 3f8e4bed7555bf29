internal import Crypto
internal import JSON

/// What ties each audit record to the one before it, so that no record can be changed, dropped or put in between without
/// every later hash telling.
///
/// - The *record's bytes* are its JSON object without the members `prev` and `hash`, exactly as stored.
/// - `hash` is SHA-256 over the 32 bytes of the hash before it, then the record's bytes.
/// - The hash before the first record is 32 zero bytes.
/// - A *line*, as sinks and exports write it, is the record's bytes with `,"prev":"HEX","hash":"HEX"}` in place of the
///   last `}`, both in lower-case hex, and a line feed.
package struct AuditChain: Sendable, Equatable {
  /// Of the newest record; 0 where there is none.
  package private(set) var seq: Int64
  /// Of the newest record, 32 bytes.
  package private(set) var hash: [UInt8]

  package static let start = AuditChain(seq: 0, hash: [UInt8](repeating: 0, count: 32))

  package init(seq: Int64, hash: [UInt8]) {
    self.seq = seq
    self.hash = hash
  }

  /// Goes on by one record, whose bytes carry `seq + 1`.
  package mutating func append(_ record: [UInt8]) {
    hash = Self.hash(after: hash, record)
    seq += 1
  }

  package static func hash(after previous: [UInt8], _ record: [UInt8]) -> [UInt8] {
    Digest.sha256(previous, record)
  }

  /// Appends a record's line, with its line feed.
  package static func write(_ record: [UInt8], previous: [UInt8], hash: [UInt8], to lines: inout [UInt8]) {
    lines.reserveCapacity(lines.count + record.count + tailLength + 1)
    record.withUnsafeBytes { lines.append(copying: UnsafeRawBufferPointer(rebasing: $0.dropLast())) }
    lines.append(constant: #","prev":""#)
    lines.append(hexOf: previous)
    lines.append(constant: #"","hash":""#)
    lines.append(hexOf: hash)
    lines.append(constant: "\"}\n")
  }

  /// Bytes of `,"prev":"HEX","hash":"HEX"}`.
  static let tailLength = 9 + 64 + 10 + 64 + 2
}
