/// An audit record as the ledger has it.
package struct StoredRecord: Sendable, Equatable {
  package let seq: Int64
  /// Without `prev` and `hash`.
  package let record: [UInt8]
  package let previous: [UInt8]
  package let hash: [UInt8]
  /// Whose chain it is in, where there are several.
  package let writer: Int64?

  package init(seq: Int64, record: [UInt8], previous: [UInt8], hash: [UInt8], writer: Int64? = nil) {
    self.writer = writer
    self.seq = seq
    self.record = record
    self.previous = previous
    self.hash = hash
  }

  /// As sinks have it, with its line feed.
  package var line: [UInt8] {
    var line: [UInt8] = []
    AuditChain.write(record, previous: previous, hash: hash, to: &line)
    return line
  }

  /// The same for who reads records of several chains: it says which one. Not for who follows them, since that isn't in what was
  /// hashed.
  package var namedLine: [UInt8] {
    // These say it themselves.
    guard let writer, !FleetHeads.isList(record), ChainStart(record: record) == nil, ChainImport(record: record) == nil
    else { return line }
    var line: [UInt8] = []
    AuditChain.write(
      record.dropLast() + Array(",\"writer\":\(writer)}".utf8), previous: previous, hash: hash, to: &line)
    return line
  }
}
