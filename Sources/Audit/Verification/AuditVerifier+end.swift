extension AuditVerifier {
  /// Nothing comes any more: whatever vouches for more than was there, tells.
  package func finish() throws(AuditFinding) {
    try finishExpected()
    // A file from which its end was cut has no seal any more, and the checkpoints that are left tell that it had one.
    let wantsSeal = summary.checkpoints > 0 || summary.lists > 0 || terms.wantsSignatures
    guard !wantsSeal || summary.isSealed || terms.allowsOpenTail else {
      throw AuditFinding(
        .truncated, nil, seq: chain?.seq,
        "nothing vouches for the end: the last line is no seal (a sink's file has none; for that, --allow-open-tail)")
    }
  }

  func finishExpected() throws(AuditFinding) {
    guard let expected = terms.expected, !hasSeenExpected else { return }
    guard terms.expectedWriter == nil else {
      throw AuditFinding(.truncated, nil, seq: expected.seq, "the record was expected, and is not there")
        .of(terms.expectedWriter)
    }
    let last = chain?.seq ?? 0
    guard last >= expected.seq else {
      throw AuditFinding(.truncated, nil, seq: last, "this is the last record, but \(expected.seq) was expected")
    }
    guard let first = summary.first, first <= expected.seq else {
      throw AuditFinding(.truncated, nil, "record \(expected.seq) was expected, but is older than the first one")
    }
  }
}
