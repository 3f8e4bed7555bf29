internal import Audit
package import Crypto
package import EventLoop

/// Drops the oldest days of the record, with a note of what each chain has lost.
package enum PostgresRetention {
  package struct Outcome: Sendable, Equatable {
    /// Days that were dropped.
    package var days: Int64 = 0
    /// Writers whose records somebody else has deleted before: their notes are not signed, so that it stays to be seen.
    package var tampered: [Int64] = []

    package init() {}
  }

  /// - Parameters:
  ///   - keep: the schema's owner may want more.
  ///   - key: that the notes are signed with; nil = they aren't.
  /// - Throws: kind `transient` where others were using the tables, or wrote meanwhile what changes it: another time.
  package static func run(
    on connection: PostgresConnection, schema: PostgresSchema = .standard, keep: Duration, signedBy key: SigningKey?,
    by deadline: MonotonicTime
  ) throws(PostgresError) -> Outcome {
    var outcome = Outcome()
    var keeping = PostgresParameters()
    keeping.append(keep.microseconds)
    let interval = "$1 * interval '1 us'"
    let rows = try connection.run("SELECT * FROM \(schema).droppable_v1(\(interval))", keeping, by: deadline)
    var (writers, seqs, hashes, marks): ([Int64?], [Int64?], [[UInt8]?], [[UInt8]?]) = ([], [], [], [])
    for row in 0..<rows.rows {
      guard let writer = rows.integer(row, 0), let first = rows.integer(row, 1), let seq = rows.integer(row, 2),
        let hash = rows.bytes(row, 3)
      else { continue }
      let earlier = AuditNotes(anchor: rows.bytes(row, 4), checkpoint: nil, head: nil).anchor
      let follows = first == (earlier?.seq ?? 0) + 1 && isOurs(earlier, of: writer, key)
      if !follows { outcome.tampered.append(writer) }
      let mark = ChainMark(
        .anchor, of: AuditChain(seq: seq, hash: hash), writer: writer, signedBy: follows ? key : nil)
      writers.append(writer)
      seqs.append(seq)
      hashes.append(hash)
      marks.append(mark.text)
    }
    var parameters = keeping
    parameters.append(array: writers)
    parameters.append(array: seqs)
    parameters.append(array: hashes)
    parameters.append(array: marks)
    do throws(PostgresError) {
      let dropped = try connection.run(
        "SELECT \(schema).drop_audit_v1(\(interval), $2, $3, $4, $5)", parameters, by: deadline)
      outcome.days = dropped.integer(0, 0) ?? 0
    } catch  where error.sqlState == "CV006" {
      throw PostgresError(.transient, error.text, sqlState: error.sqlState)
    }
    return outcome
  }

  /// A note that is no key's, or not this key's although it says so, is somebody else's. One of a key that was used before can't be
  /// checked here.
  private static func isOurs(_ mark: ChainMark?, of writer: Int64, _ key: SigningKey?) -> Bool {
    guard let mark else { return true }
    guard mark.writer == writer else { return false }
    guard let key else { return true }
    guard let signature = mark.signature else { return false }
    return signature.key != key.publicKey.name || mark.objection([key.publicKey]) == nil
  }
}
