package import Audit
internal import EventLoop
internal import Ledger

extension LedgerReader {
  private static let page: Int64 = 1000

  /// Follows the whole audit: from the oldest record that is kept to the newest, and against all that the ledger notes
  /// of it elsewhere: what was pruned, the last checkpoint, where the chain ended.
  ///
  /// A gateway may go on writing, and pruning, meanwhile.
  ///
  /// - Throws: `LedgerError` where it can't be read, `AuditFinding` where something is wrong.
  package func verify(_ terms: AuditVerifier.Terms) throws -> AuditVerifier {
    var verifier = AuditVerifier(terms)
    while true {
      let page = try page(after: verifier.chain?.seq)
      try verifier.take(page)
      if page.rows.count < Self.page {
        try verifier.finish(page.notes)
        return verifier
      }
    }
  }

  private func page(after seq: Int64?) throws(LedgerError) -> TablePage {
    try read { (connection) throws(LedgerError) in
      // The columns beside the record are what queries go by, so they must say what the record says. `time` has another
      // form there, and is compared apart.
      let select = try connection.statement(
        """
        SELECT seq, record, hash, time, CASE WHEN json_valid(record) THEN
          json_extract(record, '$.team') IS team AND json_extract(record, '$.caller') IS caller
          AND json_extract(record, '$.command_id') IS command_id
          AND iif(json_type(record, '$.checkpoint') IS NULL, json_extract(record, '$.decision'), 'checkpoint') IS decision
        ELSE 0 END
        FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2
        """)
      select.bind(1, seq ?? 0)
      select.bind(2, Self.page)
      var rows: [TablePage.Row] = []
      try select.forEach { (row) throws(LedgerError) in
        rows.append(
          TablePage.Row(
            seq: row.integer(0), record: row.bytes(1), hash: row.bytes(2), time: WallTime(microseconds: row.integer(3)),
            columnsAgree: row.integer(4) == 1))
        return true
      }
      return TablePage(rows: rows, notes: try connection.auditNotes())
    }
  }
}
