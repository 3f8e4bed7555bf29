package import Audit

/// Whose a sink's file is, as the ledger can prove.
enum SinkFileOwner: Sendable {
  /// This ledger's: nothing is in it that the ledger doesn't have itself, or had.
  case thisLedger
  case anotherLedger
  case stranger
}

/// What a ledger knows of its records, and of a sink; asked on the ledger's thread, or of its file.
package struct SinkFileEvidence {
  /// The newest record that the sink was noted to have; nil = it has never been this ledger's.
  let noted: Int64?
  /// Whether a record is one of the ledger's, or may be one that was pruned.
  let has: (AuditChain) throws(LedgerError) -> Bool
  /// The lines of some records after a number, and the last one's number; nil = there are none.
  let lines: (Int64) throws(LedgerError) -> (lines: [UInt8], last: Int64)?

  package init(
    noted: Int64?, has: @escaping (AuditChain) throws(LedgerError) -> Bool,
    lines: @escaping (Int64) throws(LedgerError) -> (lines: [UInt8], last: Int64)?
  ) {
    self.noted = noted
    self.has = has
    self.lines = lines
  }

  /// Only what this ledger would write there is ever cut off.
  ///
  /// - Parameter beginsAnew: the ledger is in memory, and has forgotten what an earlier process wrote.
  func owner(of end: FileEnd, beginsAnew: Bool = false) throws(LedgerError) -> SinkFileOwner {
    switch end {
    case .empty: return .thisLedger
    case .foreign: return .stranger
    case .record(let chain, _, let rest):
      guard try has(chain) else { return .anotherLedger }
      // More zeros than there are lines take nothing away.
      let expected = try lines(after: chain.seq, atLeast: rest.count) + [UInt8](repeating: 0, count: rest.count)
      return Self.isLeftover(rest[...], of: expected[...]) ? .thisLedger : .stranger
    case .beginning(let bytes):
      if beginsAnew { return Self.isFirstLine(bytes) ? .thisLedger : .stranger }
      return try noted.map { (noted) throws(LedgerError) in try isBeginning(bytes, after: noted) } ?? false
        ? .thisLedger : .stranger
    }
  }

  /// A file was begun with some record that the sink was not noted to have.
  private func isBeginning(_ bytes: [UInt8], after noted: Int64) throws(LedgerError) -> Bool {
    let expected = try lines(after: noted, atLeast: 2 * FileEnd.longestWrite)
    let content = bytes[..<((bytes.lastIndex { $0 != 0 } ?? -1) + 1)]
    var start = 0
    while start < expected.count {
      if Self.isLeftover(content, of: expected[start...]) { return true }
      start = (expected[start...].firstIndex(of: UInt8(ascii: "\n")) ?? expected.count) + 1
    }
    return false
  }

  private func lines(after seq: Int64, atLeast count: Int) throws(LedgerError) -> [UInt8] {
    var all: [UInt8] = []
    var last = seq
    while all.count < count, let page = try lines(last) {
      all += page.lines
      last = page.last
    }
    return all
  }

  /// Whether it is what may be left of some bytes: a part of them from their start, with zeros where a block was lost.
  private static func isLeftover(_ rest: ArraySlice<UInt8>, of expected: ArraySlice<UInt8>) -> Bool {
    rest.count <= expected.count && zip(rest, expected).allSatisfy { $0 == $1 || $0 == 0 }
  }

  /// As the first line of each chain begins, or lost to a power failure.
  private static func isFirstLine(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: #"{"seq":1,"time":"20"#.utf8) || bytes.allSatisfy { $0 == 0 }
  }
}
