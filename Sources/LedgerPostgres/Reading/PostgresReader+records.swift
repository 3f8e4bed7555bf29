package import Audit
internal import EventLoop
package import Gateway

extension PostgresReader: RecordReading {
  package func pseudonyms() throws -> [Pseudonyms] {
    let keys = try read("read_pseudonym_keys_v1")
    return (0..<keys.rows).compactMap { keys.bytes($0, 0).map(Pseudonyms.init(key:)) }
  }

  package func teams(until wanted: [String]) throws -> [String] {
    var found: Set<String> = []
    // The newest first: who is asked for has most likely called of late.
    guard var windows = try windows(RecordFilter(), backwards: true) else { return [] }
    while let window = windows.current, !wanted.allSatisfy(found.contains) {
      var parameters = PostgresParameters()
      parameters.append(window.lowerBound)
      parameters.append(window.upperBound)
      let rows = try read("read_teams_v1", parameters)
      for row in 0..<rows.rows { found.insert(rows.text(row, 0) ?? "") }
      windows.advance(share: 0, last: nil)
    }
    return found.sorted()
  }

  package func records(_ filter: RecordFilter, _ body: ([StoredRecord]) throws -> Bool) throws {
    try search(filter, backwards: false, body)
  }

  package func newest(_ limit: Int, _ filter: RecordFilter) throws -> [StoredRecord] {
    var found: [StoredRecord] = []
    try search(filter, backwards: true) { records in
      found += records.prefix(limit - found.count)
      return found.count < limit
    }
    return found.reversed()
  }

  private func windows(_ filter: RecordFilter, backwards: Bool) throws(PostgresError) -> TimeWindows? {
    let row = try read("read_bounds_v1")
    guard let first = row.integer(0, 0), let end = row.integer(0, 1) else { return nil }
    let (since, until) = (filter.since?.microseconds ?? first, filter.until?.microseconds ?? end)
    return TimeWindows(
      since: max(first, since), until: min(end, until), now: row.integer(0, 2) ?? end, backwards: backwards)
  }

  /// - Parameter body: gets records in order; returns whether it wants more.
  private func search(
    _ filter: RecordFilter, backwards: Bool, _ body: ([StoredRecord]) throws -> Bool
  ) throws {
    guard var windows = try windows(filter, backwards: backwards) else { return }
    let behind = try start(filter)
    // A look goes on behind the last record of the one before, where that was full.
    var key = backwards ? nil : behind
    while let window = windows.current {
      let rows = try look(filter, in: window, behind: key, backwards: backwards)
      guard try body(records(rows, filter, notBefore: backwards ? behind : nil)) else { return }
      let last = rows.rows - 1
      let isFull = rows.rows == Self.page
      if isFull { key = [rows.integer(last, 2) ?? 0, rows.integer(last, 0) ?? 0, rows.integer(last, 1) ?? 0] }
      windows.advance(share: Double(rows.rows) / Double(Self.page), last: isFull ? key?[0] : nil)
    }
  }

  /// The place that records must lie behind; nil = any will do.
  private func start(_ filter: RecordFilter) throws -> [Int64]? {
    guard let seq = filter.after, seq > 0, let writer = filter.afterWriter else { return nil }
    let rows = try located([WriterPlace(writer: writer, AuditChain(seq: seq, hash: []))])
    guard let time = rows.integer(0, 1) else {
      throw PostgresError(.other, "\(name): there is no record \(writer):\(seq) to go on behind")
    }
    return [time, writer, seq]
  }

  private func look(
    _ filter: RecordFilter, in window: Range<Int64>, behind key: [Int64]?, backwards: Bool
  ) throws(PostgresError) -> PostgresResult {
    var parameters = PostgresParameters()
    func append(_ texts: [String]) { parameters.append(array: texts.map { $0 }) }
    parameters.append(window.lowerBound)
    parameters.append(window.upperBound)
    parameters.append(array: (key ?? []).map { $0 })
    parameters.append(backwards)
    parameters.append(Int32(Self.page))
    append(filter.replicas)
    for (_, values) in filter.columns { append(values) }
    parameters.append(filter.includesCheckpoints || !filter.decisions.isEmpty)
    let needles = filter.content.needles
    append(needles.flatMap { $0 })
    parameters.append(array: needles.enumerated().flatMap { place, group in group.map { _ in Int32(place) as Int32? } })
    return try read("read_records_v1", parameters)
  }

  private func records(_ rows: PostgresResult, _ filter: RecordFilter, notBefore: [Int64]?) -> [StoredRecord] {
    (0..<rows.rows).compactMap { row in
      guard let writer = rows.integer(row, 0), let seq = rows.integer(row, 1), let time = rows.integer(row, 2),
        let record = rows.bytes(row, 3), filter.content.admits(text: record),
        notBefore.map({ $0.lexicographicallyPrecedes([time, writer, seq]) }) ?? true
      else { return nil }
      return StoredRecord(
        seq: seq, record: record, previous: rows.bytes(row, 5) ?? AuditChain.start.hash, hash: rows.bytes(row, 4) ?? [],
        writer: writer)
    }
  }
}
