package import Audit
package import Crypto
package import EventLoop

/// Drops the oldest days of the record, with a note of what each chain has lost.
package enum PostgresRetention {
  package struct Outcome: Sendable, Equatable {
    /// Days that were dropped.
    package var days: Int64 = 0
    /// Writers whose records somebody else has deleted before: their notes are not signed, so that it stays to be seen.
    package var tampered: [Int64] = []
    /// Records that were dropped although nobody knows whether sinks have them: their replicas have gone for good.
    package var undelivered = UndeliveredRecords()
    /// Replicas for whose sinks older records stay.
    package var waiting: [String] = []
    /// Replicas of which nothing is left any more.
    package var retired: Int64 = 0

    package init() {}
  }

  /// Whose chain tells of records that no sink may have got.
  package struct Teller: Sendable {
    package let writer: Int64
    package let organization: String
    package let time: WallTime

    package init(writer: Int64, organization: String, time: WallTime) {
      (self.writer, self.organization, self.time) = (writer, organization, time)
    }
  }

  /// - Parameters:
  ///   - keep: the schema's owner may want more.
  ///   - key: that the notes are signed with; nil = they aren't.
  ///   - teller: gets a note of a record to write, where undelivered records go; nil = nobody tells.
  /// - Throws: kind `transient` where others were using the tables, or wrote meanwhile what changes it: another time.
  package static func run(
    on connection: PostgresConnection, schema: PostgresSchema = .standard, keep: Duration, signedBy key: SigningKey?,
    telling teller: Teller? = nil, by deadline: MonotonicTime
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
      if let missed = rows.integer(row, 6), missed > 0 {
        let replica = rows.text(row, 5) ?? ""
        outcome.undelivered.chains.append(
          .init(writer: writer, replica: replica, first: seq - missed + 1, last: seq))
      }
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
    parameters.append(teller?.writer)
    let told = outcome.undelivered.chains.isEmpty ? nil : outcome.undelivered
    parameters.append(teller.flatMap { told?.record(time: $0.time, organization: $0.organization) })
    do throws(PostgresError) {
      let dropped = try connection.run(
        "SELECT days, array_to_string(waiting, E'\\n') FROM \(schema).drop_audit_v1(\(interval), $2, $3, $4, $5, $6, $7)",
        parameters, by: deadline)
      outcome.days = dropped.integer(0, 0) ?? 0
      outcome.waiting = (dropped.text(0, 1) ?? "").split(separator: "\n").map(String.init)
    } catch  where error.sqlState == "CV006" {
      throw PostgresError(.transient, error.text, sqlState: error.sqlState)
    }
    outcome.retired = try connection.run("SELECT \(schema).retire_v1()", by: deadline).integer(0, 0) ?? 0
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
