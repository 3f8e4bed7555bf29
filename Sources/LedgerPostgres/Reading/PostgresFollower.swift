package import Audit
internal import EventLoop

/// Goes on with what is committed, whatever its time says and whichever transaction came first: of each chain it knows the last
/// record that was told.
package struct PostgresFollower: RecordFollowing {
  private let reader: PostgresReader
  private let filter: RecordFilter
  private var told: [Int64: AuditChain] = [:]

  init(_ reader: PostgresReader, _ filter: RecordFilter) throws {
    (self.reader, self.filter) = (reader, filter)
    let rows = try reader.read("read_heads_v1")
    for row in 0..<rows.rows {
      told[rows.integer(row, 0) ?? 0] = AuditChain(seq: rows.integer(row, 2) ?? 0, hash: rows.bytes(row, 3) ?? [])
    }
  }

  package mutating func past(_ count: Int?, _ body: ([StoredRecord]) throws -> Void) throws {
    // What came since is told later.
    func isPast(_ record: StoredRecord) -> Bool { record.seq <= record.writer.flatMap { told[$0]?.seq } ?? 0 }
    if let count {
      if count > 0 { try body(try reader.newest(count, filter).filter(isPast)) }
      return
    }
    try reader.records(filter) { records in
      try body(records.filter(isPast))
      return true
    }
  }

  package mutating func next(_ body: ([StoredRecord]) throws -> Void) throws -> Bool {
    var hasNews = false
    while true {
      var parameters = PostgresParameters()
      parameters.append(array: told.keys.map { $0 })
      parameters.append(array: told.keys.map { told[$0]?.seq })
      parameters.append(Int32(PostgresReader.page))
      let rows = try reader.read("read_news_v1", parameters)
      guard rows.rows > 0 else { return hasNews }
      hasNews = true
      var records: [(time: Int64, record: StoredRecord)] = []
      for row in 0..<rows.rows {
        guard let writer = rows.integer(row, 0), let seq = rows.integer(row, 2), let record = rows.bytes(row, 4),
          let hash = rows.bytes(row, 5)
        else { continue }
        let previous = told[writer, default: .start].hash
        told[writer] = AuditChain(seq: seq, hash: hash)
        guard isWanted(rows, row, record) else { continue }
        records.append(
          (
            rows.integer(row, 3) ?? 0,
            StoredRecord(seq: seq, record: record, previous: previous, hash: hash, writer: writer)
          ))
      }
      // They came in the order of their chains.
      records.sort { ($0.time, $0.record.writer ?? 0, $0.record.seq) < ($1.time, $1.record.writer ?? 0, $1.record.seq) }
      try body(records.map(\.record))
    }
  }

  private func isWanted(_ rows: PostgresResult, _ row: Int, _ record: [UInt8]) -> Bool {
    func isAmong(_ values: [String], _ column: Int) -> Bool {
      guard !values.isEmpty else { return true }
      guard let text = rows.text(row, column) else { return false }
      return values.contains { $0.utf8.elementsEqual(text.utf8) }
    }
    let time = rows.integer(row, 3) ?? 0
    guard filter.since.map({ time >= $0.microseconds }) ?? true, filter.until.map({ time < $0.microseconds }) ?? true,
      isAmong(filter.replicas, 1)
    else { return false }
    // In the order of the filter's columns.
    return zip(filter.columns, 6...).allSatisfy { isAmong($0.values, $1) }
      && (filter.includesCheckpoints || !filter.decisions.isEmpty
        || !["checkpoint", "heads"].contains(rows.text(row, 9)))
      && filter.content.admits(text: record)
  }
}

extension PostgresReader {
  package func follower(_ filter: RecordFilter) throws -> any RecordFollowing { try PostgresFollower(self, filter) }
}
