package import Audit
internal import Ledger

extension LedgerReader: RecordReading {
  package var name: String { path }

  package func records(_ filter: RecordFilter, _ body: ([StoredRecord]) throws -> Bool) throws {
    guard let range = try range(filter) else { return }
    _ = try records(filter, in: range, body)
  }

  package func newest(_ limit: Int, _ filter: RecordFilter) throws -> [StoredRecord] {
    guard let range = try range(filter) else { return [] }
    return try newest(limit, filter, in: range)
  }

  package func follower(_ filter: RecordFilter) throws -> any RecordFollowing { try LedgerFollower(self, filter) }

  fileprivate func records(
    _ filter: RecordFilter, in range: ClosedRange<Int64>, _ body: ([StoredRecord]) throws -> Bool
  ) throws {
    var next = range.lowerBound
    while next <= range.upperBound {
      let page = try page(filter, from: next, through: range.upperBound)
      guard try body(page.records) else { return }
      next = page.next
    }
  }
}

private struct LedgerFollower: RecordFollowing {
  private let reader: LedgerReader
  private let filter: RecordFilter
  private let past: ClosedRange<Int64>?
  private var last: Int64

  init(_ reader: LedgerReader, _ filter: RecordFilter) throws(LedgerError) {
    (self.reader, self.filter) = (reader, filter)
    past = try reader.range(filter)
    last = past?.upperBound ?? filter.after ?? 0
  }

  mutating func past(_ count: Int?, _ body: ([StoredRecord]) throws -> Void) throws {
    guard let past else { return }
    if let count {
      if count > 0 { try body(try reader.newest(count, filter, in: past)) }
      return
    }
    try reader.records(filter, in: past) { records in
      try body(records)
      return true
    }
  }

  mutating func next(_ body: ([StoredRecord]) throws -> Void) throws -> Bool {
    guard let range = try reader.bounds(), range.upperBound > last else { return false }
    try reader.records(filter, in: max(last + 1, range.lowerBound)...range.upperBound) { records in
      try body(records)
      return true
    }
    last = range.upperBound
    return true
  }
}
