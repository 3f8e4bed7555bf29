package import Audit
internal import EventLoop
package import Ledger

extension LedgerReader {
  /// Numbers of which one look sees the records.
  private static let span: Int64 = 4096

  /// The oldest and the newest record's numbers; nil where there are none.
  package func bounds() throws(LedgerError) -> ClosedRange<Int64>? {
    try read { (connection) throws(LedgerError) in
      try connection.statement("SELECT min(seq), max(seq) FROM audit").first { (row) throws(LedgerError) in
        row.isNull(0) ? nil : row.integer(0)...row.integer(1)
      } ?? nil
    }
  }

  /// Between which numbers all lie that are wanted; nil where there are none.
  package func range(_ filter: RecordFilter) throws(LedgerError) -> ClosedRange<Int64>? {
    guard let all = try bounds() else { return nil }
    let first = max(all.lowerBound, filter.after.map { $0 < .max ? $0 + 1 : $0 } ?? all.lowerBound)
    return first <= all.upperBound ? first...all.upperBound : nil
  }

  /// The first record that is not older, and the last that is, by number: the clock may have been set in between.
  package func bounds(_ filter: RecordFilter) throws(LedgerError) -> ClosedRange<Int64>? {
    func edge(_ order: String) throws(LedgerError) -> Int64? {
      try read { (connection) throws(LedgerError) in
        let find = try connection.statement(
          """
          SELECT seq FROM audit WHERE (?3 IS NULL OR time >= ?3) AND (?4 IS NULL OR time < ?4) AND seq > ?1 \
          ORDER BY seq \(order) LIMIT 1
          """)
        find.bind(1, filter.after ?? 0)
        find.bind(3, filter.since?.microseconds)
        find.bind(4, filter.until?.microseconds)
        return try find.first { (row) throws(LedgerError) in row.integer(0) }
      }
    }
    guard let first = try edge("ASC"), let last = try edge("DESC"), first <= last else { return nil }
    return first...last
  }

  /// Some of the records from a number on, oldest first, and the number to go on from. There may be none of them: a look is
  /// short, whatever the filter lets through.
  package func page(
    _ filter: RecordFilter, from first: Int64, through last: Int64
  ) throws(LedgerError) -> (records: [StoredRecord], next: Int64) {
    let end = min(first + Self.span - 1, last)
    return (try records(filter, in: first...max(first, end)), end + 1)
  }

  /// The newest records, oldest first.
  package func newest(
    _ limit: Int, _ filter: RecordFilter, in range: ClosedRange<Int64>
  ) throws(LedgerError) -> [StoredRecord] {
    var pages: [[StoredRecord]] = []
    var missing = limit
    var end = range.upperBound
    while end >= range.lowerBound, missing > 0 {
      let start = max(end - Self.span + 1, range.lowerBound)
      let page = try records(filter, in: start...end, limit: missing, order: "DESC")
      pages.append(page.reversed())
      missing -= page.count
      end = start - 1
    }
    return pages.reversed().flatMap(\.self)
  }

  /// What it knows of a sink.
  func evidence(of sink: String) throws(LedgerError) -> SinkFileEvidence {
    let noted = try read { (connection) throws(LedgerError) in
      let find = try connection.statement("SELECT seq FROM sinks WHERE name = ?1")
      find.bind(1, sink)
      return try find.first { (row) throws(LedgerError) in row.integer(0) }
    }
    return SinkFileEvidence(
      noted: noted, has: { (record) throws(LedgerError) in try hasKnown(record) },
      lines: { (seq) throws(LedgerError) in
        guard let range = try bounds(), seq < range.upperBound else { return nil }
        var filter = RecordFilter()
        filter.includesCheckpoints = true
        let records = try page(filter, from: max(seq + 1, range.lowerBound), through: range.upperBound).records
        return records.last.map { (records.flatMap(\.line), $0.seq) }
      })
  }

  /// Whether this is a record of the ledger's, or may be one that was pruned.
  func hasKnown(_ record: AuditChain) throws(LedgerError) -> Bool {
    guard let range = try bounds() else { return false }
    if record.seq < range.lowerBound { return true }
    var filter = RecordFilter()
    filter.includesCheckpoints = true
    return try page(filter, from: record.seq, through: record.seq).records.contains { $0.hash == record.hash }
  }

  private func records(
    _ filter: RecordFilter, in range: ClosedRange<Int64>, limit: Int = .max, order: String = "ASC"
  ) throws(LedgerError) -> [StoredRecord] {
    try read { (connection) throws(LedgerError) in
      // Of the oldest record, the one before is gone; what is known of that is the anchor.
      let anchor = try connection.meta(.anchor).flatMap { ChainMark(.anchor, text: $0) }
      let select = try connection.statement(
        """
        SELECT seq, record, hash FROM audit WHERE seq >= ?1 AND seq <= ?2 AND \(filter.condition) \
        ORDER BY seq \(order)
        """)
      // Asked for those alone that are wanted: it takes as long as to look at one that isn't.
      let hash = try connection.statement("SELECT hash FROM audit WHERE seq = ?1")
      select.bind(1, range.lowerBound)
      select.bind(2, range.upperBound)
      filter.bind(to: select)
      var records: [StoredRecord] = []
      try select.forEach { (row) throws(LedgerError) in
        let (seq, record) = (row.integer(0), row.bytes(1))
        guard filter.content.admits(text: record) else { return true }
        hash.bind(1, seq - 1)
        let previous = try hash.first { (row) throws(LedgerError) in row.bytes(0) }
        records.append(
          StoredRecord(
            seq: seq, record: record,
            previous: previous ?? (seq == 1 ? nil : anchor?.hash) ?? AuditChain.start.hash,
            hash: row.bytes(2)))
        return records.count < limit
      }
      return records
    }
  }
}
