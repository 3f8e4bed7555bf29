internal import Audit
package import EventLoop
package import Ledger

/// What a shared ledger knows of a replica's sink, asked from another process, as the role that serves.
package enum PostgresEvidence {
  private static let page: Int64 = 256

  /// - Parameters:
  ///   - sink: as the ledger calls it.
  ///   - deadline: for this and for whatever is asked of the evidence later.
  package static func find(
    of sink: String, replica: String, on connection: PostgresConnection, schema: PostgresSchema,
    by deadline: MonotonicTime
  ) throws(PostgresError) -> SinkFileEvidence {
    var name = PostgresParameters()
    name.append(replica)
    let status = try connection.run(
      "SELECT writer, records FROM \(schema).status_v1() WHERE replica = $1", name, by: deadline)
    guard status.rows > 0, let writer = status.integer(0, 0), let newest = status.integer(0, 1) else {
      // A replica that has never served knows nothing.
      return SinkFileEvidence(noted: nil, has: { _ in false }, lines: { _ in nil })
    }
    var note = PostgresParameters()
    note.append(writer)
    note.append("sink:\(sink)")
    let noted = try connection.run(
      "SELECT value FROM \(schema).notes_v1($1) WHERE key = $2", note, by: deadline)
    func records(from seq: Int64, _ most: Int64) throws(LedgerError) -> PostgresResult {
      var parameters = PostgresParameters()
      parameters.append(writer)
      parameters.append(seq)
      parameters.append(most)
      do throws(PostgresError) {
        return try connection.run(
          "SELECT seq, record, hash FROM \(schema).records_v1($1, $2, $3)", parameters, by: deadline)
      } catch {
        throw LedgerError(error)
      }
    }
    return SinkFileEvidence(
      noted: noted.rows > 0 ? noted.bytes(0, 0).flatMap { Int64(String(decoding: $0, as: UTF8.self)) } : nil,
      has: { (record) throws(LedgerError) in
        let rows = try records(from: record.seq, 1)
        if rows.rows > 0, rows.integer(0, 0) == record.seq { return rows.bytes(0, 2) == record.hash }
        // One that was dropped with its day can't be compared.
        return record.seq <= newest
      },
      lines: { (seq) throws(LedgerError) in
        // One more, for the hash that the first line follows.
        let rows = try records(from: max(seq, 1), page + 1)
        var (previous, lines, last): ([UInt8]?, [UInt8], Int64?) = (seq == 0 ? AuditChain.start.hash : nil, [], nil)
        for row in 0..<rows.rows {
          guard let number = rows.integer(row, 0), let record = rows.bytes(row, 1), let hash = rows.bytes(row, 2) else {
            continue
          }
          if number > seq, let previous {
            AuditChain.write(record, previous: previous, hash: hash, to: &lines)
            last = number
          }
          previous = hash
        }
        return last.map { (lines, $0) }
      })
  }
}
