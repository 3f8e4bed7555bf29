package import Audit
internal import EventLoop

extension PostgresReader {
  /// Hands out the lines of an export: of each chain the part from the first record that is not older than `since` to the last one
  /// that is older than `until`.
  ///
  /// - Parameter body: gets some lines.
  /// - Returns: what vouches for them, or what was wrong.
  package func export(_ filter: RecordFilter, _ body: ([UInt8]) throws -> Void) throws -> ChainExport {
    var export = ChainExport(of: name)
    var last: Int64 = 0
    while let chain = try chain(after: last) {
      last = chain.writer
      guard filter.replicas.isEmpty || chain.replica.map(filter.replicas.contains) ?? false else { continue }
      try self.export(chain.writer, filter, into: &export, body)
    }
    return export
  }

  private func export(
    _ writer: Int64, _ filter: RecordFilter, into export: inout ChainExport, _ body: ([UInt8]) throws -> Void
  ) throws {
    var parameters = PostgresParameters()
    parameters.append(writer)
    // All times that a timestamp can have and we would write.
    parameters.append(filter.since?.microseconds ?? -62_135_596_800_000_000)
    parameters.append(filter.until?.microseconds ?? 253_402_300_800_000_000)
    let edges = try read("read_edges_v1", parameters)
    guard let first = edges.integer(0, 0), let end = edges.integer(0, 1) else { return }
    var (previous, hasBegun): ([UInt8]?, Bool) = (nil, false)
    var next = first
    while next <= end {
      let most = min(Int64(Self.page), end - next + 1)
      // The record before says what the first one follows.
      let rows = try rows(
        of: writer, after: next - (previous == nil ? 2 : 1), most: Int(most) + (previous == nil ? 1 : 0))
      let before = next
      for row in 1..<max(rows.rows.rows, 1) {
        guard let seq = rows.rows.integer(row, 3), let record = rows.rows.bytes(row, 4),
          let hash = rows.rows.bytes(row, 5)
        else { continue }
        guard seq >= next else {
          previous = hash
          continue
        }
        let anchor = rows.notes.anchor.flatMap { $0.seq == seq - 1 ? $0.hash : nil }
        let stored = StoredRecord(
          seq: seq, record: record, previous: previous ?? anchor ?? AuditChain.start.hash, hash: hash, writer: writer)
        if !hasBegun { try export.begin(writer, with: stored, body) }
        hasBegun = true
        try export.take(stored, body)
        previous = hash
        next = seq + 1
        if next > end { break }
      }
      // Dropped meanwhile.
      if next == before { break }
    }
  }
}
