package import EventLoop

/// How much of a ledger may have no checkpoint behind it yet, where its configuration says that there are checkpoints.
///
/// A chain that somebody wrote anew without any is intact in itself; that nothing vouches for it is all that shows.
package struct UnsignedTailLimit: Sendable {
  /// Records behind the last checkpoint: the transaction that writes more writes a checkpoint, too.
  package var records: Int64
  /// Where there is no checkpoint at all, none of them may be older. (Behind the last one they may: a gateway that was
  /// killed leaves some, and vouches for them when it starts again.)
  package var since: WallTime

  package init(records: Int64, since: WallTime) {
    self.records = records
    self.since = since
  }
}

extension AuditVerifier {
  /// - Parameter last: the newest record.
  func checkUnsigned(last: Int64) throws(AuditFinding) {
    guard let limit = terms.unsigned, let first = summary.first, let oldest else { return }
    let advice =
      summary.vouchedFor == nil ? "; where a key was configured only now, start the gateway first: it signs them" : ""
    // A checkpoint vouches for the record before it.
    let count = last - (summary.vouchedFor.map { $0 + 1 } ?? first - 1)
    if count > limit.records {
      throw AuditFinding(
        .truncated, nil, seq: last,
        "no checkpoint vouches for the last \(count) records, and one follows every \(limit.records)\(advice)")
    }
    if summary.vouchedFor == nil, oldest.microseconds < limit.since.microseconds {
      throw AuditFinding(
        .truncated, nil, seq: last,
        "no checkpoint vouches for any record, and the first one is of \(oldest.rfc3339)\(advice)")
    }
  }
}
