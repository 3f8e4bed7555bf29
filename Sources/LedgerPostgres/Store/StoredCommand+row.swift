internal import EventLoop
internal import Gateway
internal import Ledger

extension StoredCommand {
  /// Of each function that returns commands, before its own.
  static let columns = 14

  /// - Parameter reader: the writer that this process is.
  init(_ rows: PostgresResult, _ row: Int, reader: Int64) throws(LedgerError) {
    guard let id = rows.integer(row, 0), let state = rows.integer(row, 6).flatMap(State.init(rawValue:)) else {
      throw LedgerError(.failed, "a command is in no known state")
    }
    self.init(
      id: id, commandID: rows.text(row, 1) ?? "", team: rows.text(row, 2) ?? "", caller: rows.text(row, 3) ?? "",
      fingerprint: rows.bytes(row, 4) ?? [], isKeyless: rows.boolean(row, 5) ?? false, state: state,
      firstSent: rows.instant(row, 7), settled: rows.integer(row, 10).map { WallTime(microseconds: $0) })
    let writer = rows.integer(row, 11) ?? 0
    holder = Holder(
      writer: writer, attempt: Int32(rows.integer(row, 12) ?? 0),
      isElsewhere: writer != reader && rows.boolean(row, 13) ?? false)
  }
}

extension PostgresResult {
  /// The columns `first_wall`, `era` and `since_era`, of which this is the first.
  func instant(_ row: Int, _ column: Int) -> DualClockInstant {
    DualClockInstant(
      wall: WallTime(microseconds: integer(row, column) ?? 0), boot: integer(row, column + 1) ?? 0,
      sinceBoot: integer(row, column + 2) ?? 0)
  }
}

extension Fact {
  /// - Parameter behindName: columns between the command's and the others.
  convenience init(
    _ rows: PostgresResult, _ row: Int, reader: Int64, behindName more: Int = 0
  ) throws(LedgerError) {
    let column = StoredCommand.columns + more
    self.init(
      try StoredCommand(rows, row, reader: reader), body: rows.bytes(row, column + 4),
      token: rows.bytes(row, column + 5).map { TokenDigest(bytes: $0) })
    guard let status = rows.integer(row, column) else { return }
    reply = StoredReply(
      status: Int(status), fields: try StoredReply.decodeFields(rows.bytes(row, column + 1) ?? []),
      body: rows.bytes(row, column + 2) ?? [])
    conferenceID = rows.text(row, column + 3)
  }

  var sent: SentCommand? { body.map { SentCommand(body: $0, token: token) } }
}
