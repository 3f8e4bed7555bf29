/// An audit record as the ledger has it.
package struct StoredRecord: Sendable, Equatable {
  package let seq: Int64
  /// Without `prev` and `hash`.
  package let record: [UInt8]
  package let previous: [UInt8]
  package let hash: [UInt8]

  package init(seq: Int64, record: [UInt8], previous: [UInt8], hash: [UInt8]) {
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
}
