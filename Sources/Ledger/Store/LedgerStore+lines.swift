internal import Audit

extension LedgerStore {
  /// The number of the oldest record that is left; nil = there is none.
  func oldestRecord() throws(LedgerError) -> Int64? {
    var oldest: Int64?
    try forEachOldest(1) { (seq, _, _) throws(LedgerError) in
      oldest = seq
      return false
    }
    return oldest
  }

  /// Records as lines.
  ///
  /// - Parameter seq: the newest record that is not wanted.
  /// - Returns: the lines, and which records they are; nil = there are none.
  func lines(after seq: Int64, limit: Int64) throws(LedgerError) -> (lines: [UInt8], records: ClosedRange<Int64>?) {
    var previous: [UInt8]?
    var lines: [UInt8] = []
    var records: ClosedRange<Int64>?
    // One row more, for the hash that the first line follows.
    try forEachRecord(from: seq, limit: limit + 1) { (number, text, hash) throws(LedgerError) in
      if number > seq {
        // The first row that is left follows the newest that was pruned, as the store has it by now.
        let anchor =
          previous == nil && number > 1 ? try meta(.anchor).flatMap { ChainMark(.anchor, text: $0) } : nil
        let before = previous ?? anchor?.hash ?? AuditChain.start.hash
        AuditChain.write(text, previous: before, hash: hash, to: &lines)
        records = (records?.lowerBound ?? number)...number
      }
      previous = hash
      return true
    }
    return (lines, records)
  }
}
