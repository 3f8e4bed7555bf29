internal import EventLoop

extension AuditVerifier {
  /// Takes rows of the ledger's table, in order.
  package mutating func take(_ page: TablePage) throws(AuditFinding) {
    for row in page.rows {
      try place(row.seq, page.notes)
      guard let chain else { return }
      guard row.seq > chain.seq else {
        throw AuditFinding(.edited, nil, seq: row.seq, "two records have the same number")
      }
      guard row.seq == chain.seq + 1 else { throw .gap(from: chain.seq + 1, to: row.seq - 1, nil) }
      guard AuditLine.seq(of: row.record) == row.seq, AuditChain.hash(after: chain.hash, row.record) == row.hash else {
        throw AuditFinding(.edited, nil, seq: row.seq, "the record is not the one that was hashed")
      }
      guard row.columnsAgree, Self.says(row.record, row.time) else {
        throw AuditFinding(.edited, nil, seq: row.seq, "the columns beside the record say something else than it does")
      }
      try follow(row.seq, previous: chain.hash, row.record, hash: row.hash, at: nil)
      if summary.first == row.seq { oldest = row.time }
      try compare(row, page.notes)
    }
  }

  /// The table's end, and what was noted at that moment.
  package mutating func finish(_ notes: AuditNotes) throws(AuditFinding) {
    try finishExpected()
    let last = chain?.seq ?? notes.anchor?.seq ?? 0
    if let checkpoint = notes.checkpoint {
      try check(checkpoint, "the last checkpoint", at: nil, seq: checkpoint.seq)
      // A checkpoint vouches for the record before it, and is one itself.
      guard last > checkpoint.seq else {
        throw AuditFinding(
          .truncated, nil, seq: last, "this is the last record, but a checkpoint vouches for \(checkpoint.seq)")
      }
      summary.vouchedFor = max(summary.vouchedFor ?? 0, checkpoint.seq)
    } else if terms.wantsSignatures, last > 0 {
      throw AuditFinding(.truncated, nil, seq: last, "the ledger has no checkpoint")
    }
    if let head = notes.head, last < head.seq {
      throw AuditFinding(.truncated, nil, seq: last, "this is the last record, but the ledger had \(head.seq)")
    }
    try checkUnsigned(last: last)
  }

  /// Where the table begins: with record 1, or behind what was pruned. That may grow while the table is read.
  private mutating func place(_ seq: Int64, _ notes: AuditNotes) throws(AuditFinding) {
    let expected = chain.map { $0.seq + 1 } ?? 1
    guard seq != expected, let anchor = notes.anchor, anchor.seq >= expected, seq == anchor.seq + 1 else {
      if chain == nil {
        // Something was pruned, and yet it is there.
        if let anchor = notes.anchor, seq <= anchor.seq {
          throw AuditFinding(.edited, nil, seq: seq, "the record was pruned, and stands here again")
        }
        chain = notes.anchor.map { AuditChain(seq: $0.seq, hash: $0.hash) } ?? .start
        if let anchor = notes.anchor { try checkAnchor(anchor) }
      }
      return
    }
    try checkAnchor(anchor)
    chain = AuditChain(seq: anchor.seq, hash: anchor.hash)
    summary.first = nil
    summary.records = 0
  }

  func checkAnchor(_ anchor: ChainMark) throws(AuditFinding) {
    guard anchor.writer == writer else {
      throw AuditFinding(.badSignature, nil, seq: anchor.seq, "the note of what was pruned is another chain's")
    }
    try check(anchor, "the note of what was pruned", at: nil, seq: anchor.seq)
  }

  private func compare(_ row: TablePage.Row, _ notes: AuditNotes) throws(AuditFinding) {
    if let head = notes.head, head.seq == row.seq, head.hash != row.hash {
      throw AuditFinding(.edited, nil, seq: row.seq, "the ledger had another record here")
    }
    if let checkpoint = notes.checkpoint, checkpoint.seq == row.seq, checkpoint.hash != row.hash {
      throw AuditFinding(.edited, nil, seq: row.seq, "the last checkpoint vouches for another record")
    }
  }

  /// `time` is the record's second member, in a form of fixed length.
  private static func says(_ record: [UInt8], _ time: WallTime) -> Bool {
    guard let comma = record.firstIndex(of: UInt8(ascii: ",")) else { return false }
    return record[comma...].starts(with: ",\"time\":\"\(time.rfc3339)\"".utf8)
  }
}
