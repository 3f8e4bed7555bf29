extension LedgerStatements {
  /// Records as lines, from the table.
  ///
  /// - Parameter seq: the newest record that is not wanted.
  /// - Returns: the lines, and the record that is the last of them; nil = there is none.
  func lines(after seq: Int64, limit: Int64) throws(LedgerError) -> (lines: [UInt8], last: Int64?) {
    var previous = seq == 0 ? AuditChain.start.hash : nil
    var lines: [UInt8] = []
    var last: Int64?
    let anchor = try meta(.anchor)
    // One row more, for the hash that the first line follows.
    recordsFrom.bind(1, seq)
    recordsFrom.bind(2, limit + 1)
    try recordsFrom.forEach { (row) throws(LedgerError) in
      let hash = row.bytes(2)
      if row.integer(0) > seq {
        // The first row that is left follows the newest that was pruned.
        let before = row.integer(0) == 1 ? AuditChain.start.hash : previous ?? anchor ?? AuditChain.start.hash
        AuditChain.write(row.bytes(1), previous: last == nil ? before : previous ?? before, hash: hash, to: &lines)
        last = row.integer(0)
      }
      previous = hash
      return true
    }
    return (lines, last)
  }
}
