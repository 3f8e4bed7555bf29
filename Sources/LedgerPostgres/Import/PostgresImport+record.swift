package import Audit
package import Crypto
internal import EventLoop
package import Ledger

extension PostgresImport {
  /// Makes a partition for each of these days, so that they are dropped as others are: before the transaction, since it takes tables
  /// that replicas write. What can't be made is left out: its records lie in the one for all other days then.
  ///
  /// - Parameter days: counted from 1970, in UTC.
  package static func makeDays(
    _ days: [Int64], on connection: PostgresConnection, schema: PostgresSchema
  ) throws(PostgresError) {
    for day in days {
      do throws(PostgresError) {
        // The name and the bounds are made of a number alone.
        _ = try connection.run(
          """
          DO $$ DECLARE d date := date '1970-01-01' + \(Int32(clamping: day)); name text := 'audit_' || to_char(d, 'YYYYMMDD');
          BEGIN
            PERFORM set_config('lock_timeout', '1s', true);
            IF to_char(d, 'YYYY') !~ '^[0-9]{4}$' OR to_regclass('\(schema).' || name) IS NOT NULL THEN RETURN; END IF;
            EXECUTE format('CREATE TABLE \(schema).%I PARTITION OF \(schema).audit FOR VALUES FROM (%L) TO (%L)', name,
              d || ' 00:00:00+00', d + 1 || ' 00:00:00+00');
          END $$
          """, by: .now + patience)
      } catch  where error.kind == .transient || error.sqlState.hasPrefix("23") || error.sqlState.hasPrefix("22") {
        continue
      }
    }
  }

  package func add(_ records: [ImportedRecord]) throws(PostgresError) {
    guard !records.isEmpty else { return }
    var parameters = PostgresParameters()
    parameters.append(writer)
    parameters.append(array: records.map(\.seq))
    parameters.append(array: records.map(\.columns.time.microseconds))
    parameters.append(array: records.map(\.columns.team))
    parameters.append(array: records.map(\.columns.caller))
    parameters.append(array: records.map(\.columns.commandID))
    parameters.append(array: records.map(\.columns.decision))
    parameters.append(array: records.map(\.record))
    parameters.append(array: records.map(\.hash))
    try run(
      """
      INSERT INTO \(schema).audit SELECT $1, u.s, 'epoch'::timestamptz + u.t * interval '1 us', u.te, u.ca, u.id, u.de, u.r, u.h
        FROM unnest($2, $3, $4, $5, $6, $7, $8, $9) u(s, t, te, ca, id, de, r, h)
      """, parameters)
  }

  /// Closes the chain behind the records that were added, and the writer with it: nobody writes as it any more.
  ///
  /// - Parameters:
  ///   - chain: where it ended; the start of a chain where it is to have no records of the file's.
  ///   - anchor: the newest of its records that were dropped before.
  ///   - signsAnchor: whether the key may vouch for that.
  ///   - key: that the end is signed with; nil = it isn't.
  package func close(
    _ chain: AuditChain, anchor: AuditChain?, signsAnchor: Bool, key: SigningKey?
  ) throws(PostgresError) {
    var chain = chain
    var last: [ImportedRecord] = []
    func append(_ record: [UInt8], _ decision: String) {
      chain.append(record)
      last.append(
        ImportedRecord(
          seq: chain.seq, record: record, hash: chain.hash, columns: RecordColumns(time: time, decision: decision)))
    }
    if chain == .start {
      let start = ChainStart(writer: writer, replica: name, predecessor: nil)
      append(start.record(time: time, organization: terms.organization ?? ""), "chain")
    }
    let closing = ChainImport(writer: writer, replica: name)
    append(closing.record(seq: chain.seq + 1, time: time, organization: terms.organization), "import")
    if let key {
      let mark = ChainMark(.checkpoint, of: chain, writer: writer, signedBy: key)
      append(mark.record(seq: chain.seq + 1, time: time), "checkpoint")
    }
    try add(last)
    if let anchor {
      let mark = ChainMark(.anchor, of: anchor, writer: writer, signedBy: signsAnchor ? key : nil)
      var parameters = PostgresParameters()
      parameters.append(writer)
      parameters.append(anchor.seq)
      parameters.append(anchor.hash)
      parameters.append(mark.text)
      try run("INSERT INTO \(schema).anchors (writer, seq, hash, signed) VALUES ($1, $2, $3, $4)", parameters)
    }
    var parameters = PostgresParameters()
    parameters.append(writer)
    parameters.append(chain.seq)
    parameters.append(chain.hash)
    parameters.append(!hasOrphans)
    // Where nothing was being sent, nobody has to look through the rows for it.
    let newest = rows?.upperBound ?? 0
    parameters.append(oldestSending ?? newest + 1)
    parameters.append(newest)
    var place = PostgresParameters()
    place.append(writer)
    place.append(rows?.lowerBound)
    try run("UPDATE \(schema).imports SET first_row = $2 WHERE writer = $1", place)
    try run(
      """
      UPDATE \(schema).writers SET seq = $2, hash = $3, closed = $4, oldest_row = $5, newest_row = $6, lease = clock_timestamp()
        WHERE id = $1
      """, parameters)
  }
}
