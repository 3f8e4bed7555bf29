package import Audit
internal import EventLoop
internal import JSON

extension PostgresReader: ChainSource {
  package func chain(after writer: Int64) throws -> FleetChain? {
    var parameters = PostgresParameters()
    parameters.append(writer)
    let rows = try read("read_chain_v1", parameters)
    guard rows.rows > 0, let next = rows.integer(0, 0) else { return nil }
    return FleetChain(writer: next, replica: rows.text(0, 1))
  }

  package func page(of writer: Int64, after seq: Int64, most: Int) throws -> TablePage {
    let page = try rows(of: writer, after: seq, most: most)
    let rows = page.rows
    var records: [TablePage.Row] = []
    records.reserveCapacity(rows.rows)
    for row in 1..<max(rows.rows, 1) {
      guard let seq = rows.integer(row, 3), let record = rows.bytes(row, 4), let hash = rows.bytes(row, 5),
        let time = rows.integer(row, 6)
      else { continue }
      records.append(
        TablePage.Row(
          seq: seq, record: record, hash: hash, time: WallTime(microseconds: time),
          columnsAgree: Self.columnsAgree(record, rows, row)))
    }
    return TablePage(rows: records, notes: page.notes)
  }

  /// The columns beside a record are what queries go by, so they must say what the record says. `time` has another form there, and is
  /// compared apart.
  private static func columnsAgree(_ record: [UInt8], _ rows: PostgresResult, _ row: Int) -> Bool {
    guard let json = try? JSONValue.parse(record) else { return false }
    func agree(_ column: Int, _ text: String?) -> Bool {
      guard let text else { return rows.isNull(row, column) }
      return rows.text(row, column)?.utf8.elementsEqual(text.utf8) ?? false
    }
    return agree(7, json["team"]?.string) && agree(8, json["caller"]?.string) && agree(9, json["command_id"]?.string)
      && agree(10, json["checkpoint"] == nil ? json["decision"]?.string : "checkpoint")
  }

  /// The first row is none: it has what is noted of the chain.
  func rows(of writer: Int64, after seq: Int64, most: Int) throws(PostgresError) -> (
    rows: PostgresResult, notes: AuditNotes
  ) {
    var parameters = PostgresParameters()
    parameters.append(writer)
    parameters.append(seq)
    parameters.append(Int32(clamping: most))
    let rows = try read("read_page_v1", parameters)
    guard rows.rows > 0 else { throw PostgresError(.other, "read_page_v1: no row") }
    var notes = AuditNotes(anchor: rows.bytes(0, 2), checkpoint: nil, head: nil)
    if let seq = rows.integer(0, 0), let hash = rows.bytes(0, 1) { notes.head = AuditChain(seq: seq, hash: hash) }
    return (rows, notes)
  }

  package func find(_ places: [WriterPlace]) throws -> [FoundPlace] {
    let rows = try located(places)
    return (0..<rows.rows).map { row in
      FoundPlace(
        hash: rows.bytes(row, 0),
        dropped: AuditNotes(anchor: rows.bytes(row, 2), checkpoint: nil, head: nil).anchor?.place,
        isKnown: rows.boolean(row, 3) ?? false)
    }
  }

  /// Of each place: the hash there, the time in microseconds, the note of what was dropped, whether there is such a chain.
  func located(_ places: [WriterPlace]) throws(PostgresError) -> PostgresResult {
    var parameters = PostgresParameters()
    parameters.append(array: places.map(\.writer))
    parameters.append(array: places.map(\.place.seq))
    let rows = try read("read_find_v1", parameters)
    guard rows.rows == places.count else { throw PostgresError(.other, "read_find_v1: \(rows.rows) rows") }
    return rows
  }

  /// - Throws: `AuditFinding` where something is wrong, `PostgresError` where it can't be read.
  package func verify(_ terms: AuditVerifier.Terms) throws -> FleetVerifier.Summary {
    var verifier = FleetVerifier(terms)
    return try verifier.verify(self)
  }
}
