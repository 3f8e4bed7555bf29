/// The chains of a ledger that several replicas share, as a reader finds them. Each look is of one moment; between two of them
/// replicas may write, and old records may be dropped.
package protocol ChainSource {
  /// The next chain by ascending writers, of which there is a record, a note of what was dropped, or an entry as a writer.
  func chain(after writer: Int64) throws -> FleetChain?
  /// Records of a chain in ascending order, and what was noted of it at the same moment: the newest dropped record and the
  /// chain's end.
  func page(of writer: Int64, after seq: Int64, most: Int) throws -> TablePage
  /// Whether records are there, in the order asked for.
  func find(_ places: [WriterPlace]) throws -> [FoundPlace]
}

package struct FleetChain: Sendable, Equatable {
  package let writer: Int64
  /// nil = there is no such writer.
  package let replica: String?

  package init(writer: Int64, replica: String?) { (self.writer, self.replica) = (writer, replica) }
}

/// What there is in a record's place.
package struct FoundPlace: Sendable {
  /// Of the record; nil = it is not there.
  let hash: [UInt8]?
  /// The newest record of that chain that was dropped.
  let dropped: AuditChain?
  /// Whether there is anything of that chain.
  let isKnown: Bool

  package init(hash: [UInt8]?, dropped: AuditChain?, isKnown: Bool) {
    (self.hash, self.dropped, self.isKnown) = (hash, dropped, isKnown)
  }
}
