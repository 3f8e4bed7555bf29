internal import EventLoop

/// What of the chains is vouched for by a signature.
extension FleetVerifier {
  func checkExpected() throws(AuditFinding) {
    guard let expected = terms.expected, let writer = terms.expectedWriter else { return }
    guard chains[writer]?.verifier.hasSeenExpected ?? false else {
      throw AuditFinding(.truncated, nil, seq: expected.seq, "the record was expected, and is not there").of(writer)
    }
  }

  /// A checkpoint vouches for its own chain, a list for those that it names; and a chain that is vouched for, for the one that it
  /// goes on from.
  func checkVouched() throws(AuditFinding) {
    guard terms.wantsSignatures || terms.unsigned != nil else { return }
    var vouched = vouched
    var hasAny = false
    for (writer, chain) in chains.sorted(by: { $0.key > $1.key }) where chain.verifier.summary.first != nil {
      let own = chain.verifier.summary.vouchedFor.map { $0 + 1 }
      let reach = [own, vouched[writer]].compactMap(\.self).max()
      if reach != nil, let before = chain.start?.predecessor {
        vouched[before.writer] = max(vouched[before.writer] ?? 0, before.place.seq)
      }
      hasAny = hasAny || reach != nil
      try check(chain, reach, of: writer)
    }
    let isEmpty = chains.values.allSatisfy { $0.verifier.summary.first == nil }
    guard hasAny || isEmpty || !terms.wantsSignatures else {
      throw AuditFinding(.truncated, nil, "nothing in the ledger is signed")
    }
  }

  private func check(_ chain: Chain, _ vouched: Int64?, of writer: Int64) throws(AuditFinding) {
    if let vouched {
      let count = chain.last - vouched
      guard let limit = terms.unsigned, count > limit.records else { return }
      throw AuditFinding(
        .truncated, nil, seq: chain.last,
        "nothing vouches for the last \(count) records, and a checkpoint follows every \(limit.records)"
      ).of(writer)
    }
    guard let oldest = chain.oldest, oldest.microseconds < youngSince.microseconds else { return }
    throw AuditFinding(
      .truncated, nil, seq: chain.last,
      "nothing vouches for any record of this chain, and the first one is of \(oldest.rfc3339)"
    ).of(writer)
  }
}
