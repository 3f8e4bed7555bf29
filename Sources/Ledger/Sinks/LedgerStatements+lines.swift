extension LedgerStatements {
  /// The number of the oldest record that is left; nil = there is none.
  func oldestRecord() throws(LedgerError) -> Int64? {
    oldestRecords.bind(1, 1)
    return try oldestRecords.first { (row) throws(LedgerError) in row.integer(0) }
  }

  /// Records as lines, from the table.
  ///
  /// - Parameter seq: the newest record that is not wanted.
  /// - Returns: the lines, and which records they are; nil = there are none.
  func lines(after seq: Int64, limit: Int64) throws(LedgerError) -> (lines: [UInt8], records: ClosedRange<Int64>?) {
    var previous: [UInt8]?
    var lines: [UInt8] = []
    var records: ClosedRange<Int64>?
    let anchor = try meta(.anchor).flatMap { ChainMark(.anchor, text: $0) }
    // One row more, for the hash that the first line follows.
    recordsFrom.bind(1, seq)
    recordsFrom.bind(2, limit + 1)
    try recordsFrom.forEach { (row) throws(LedgerError) in
      let hash = row.bytes(2)
      if row.integer(0) > seq {
        // The first row that is left follows the newest that was pruned.
        let before = previous ?? (row.integer(0) == 1 ? nil : anchor?.hash) ?? AuditChain.start.hash
        AuditChain.write(row.bytes(1), previous: before, hash: hash, to: &lines)
        records = (records?.lowerBound ?? row.integer(0))...row.integer(0)
      }
      previous = hash
      return true
    }
    return (lines, records)
  }
}
