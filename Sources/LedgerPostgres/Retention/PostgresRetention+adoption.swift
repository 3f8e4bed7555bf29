internal import Audit
package import Crypto
package import EventLoop

extension PostgresRetention {
  /// Signs the notes of what was dropped before there was a key: once, with the first key that this ledger sees. Later an unsigned
  /// note is somebody else's.
  ///
  /// - Parameter look: records at each end of a chain that are looked at for a signature.
  /// - Returns: the writers whose notes somebody else has changed: these stay as they are.
  package static func adopt(
    on connection: PostgresConnection, schema: PostgresSchema = .standard, signedBy key: SigningKey, look: Int64,
    by deadline: MonotonicTime
  ) throws(PostgresError) -> [Int64] {
    var parameters = PostgresParameters()
    parameters.append(look)
    let rows = try connection.run(
      "SELECT writer, seq, hash, had_key FROM \(schema).unsigned_anchors_v1($1)", parameters, by: deadline)
    var (writers, seqs, marks, foreign): ([Int64?], [Int64?], [[UInt8]?], [Int64]) = ([], [], [], [])
    for row in 0..<rows.rows {
      guard let writer = rows.integer(row, 0), let seq = rows.integer(row, 1), let hash = rows.bytes(row, 2) else {
        continue
      }
      guard rows.boolean(row, 3) == false else {
        foreign.append(writer)
        continue
      }
      let mark = ChainMark(.anchor, of: AuditChain(seq: seq, hash: hash), writer: writer, signedBy: key)
      writers.append(writer)
      seqs.append(seq)
      marks.append(mark.text)
    }
    guard !writers.isEmpty else { return foreign }
    parameters = PostgresParameters()
    parameters.append(array: writers)
    parameters.append(array: seqs)
    parameters.append(array: marks)
    _ = try connection.run("SELECT \(schema).sign_anchors_v1($1, $2, $3)", parameters, by: deadline)
    return foreign
  }
}
