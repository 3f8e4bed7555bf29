/// What a ledger notes of its audit beside the records.
struct AuditNotes: Equatable {
  /// The newest record that was pruned.
  var anchor: ChainMark?
  /// The newest checkpoint.
  var checkpoint: ChainMark?
  /// Where the chain ended lately.
  var head: AuditChain?

  init(_ connection: SQLiteConnection) throws(LedgerError) {
    try self.init { (key) throws(LedgerError) in try connection.meta(key) }
  }

  init(_ meta: (MetaKey) throws(LedgerError) -> [UInt8]?) throws(LedgerError) {
    anchor = try meta(.anchor).flatMap { ChainMark(.anchor, text: $0) }
    checkpoint = try meta(.checkpoint).flatMap { ChainMark(.checkpoint, text: $0) }
    head = try meta(.head).flatMap { ChainMark(.checkpoint, text: $0) }.map { AuditChain(seq: $0.seq, hash: $0.hash) }
  }
}
