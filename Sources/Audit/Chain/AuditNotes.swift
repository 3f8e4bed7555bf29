/// What a ledger notes of its audit beside the records.
package struct AuditNotes: Sendable, Equatable {
  /// The newest record that was pruned.
  package var anchor: ChainMark?
  /// The newest checkpoint.
  package var checkpoint: ChainMark?
  /// Where the chain ended lately.
  package var head: AuditChain?

  /// Reads the three notes, each a `ChainMark.text`; nil where there is none. One that can't be read counts as none.
  package init(anchor: [UInt8]?, checkpoint: [UInt8]?, head: [UInt8]?) {
    self.anchor = anchor.flatMap { ChainMark(.anchor, text: $0) }
    self.checkpoint = checkpoint.flatMap { ChainMark(.checkpoint, text: $0) }
    self.head = head.flatMap { ChainMark(.checkpoint, text: $0) }?.place
  }
}
