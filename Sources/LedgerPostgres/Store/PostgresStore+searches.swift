internal import EventLoop
internal import Gateway
internal import JSON
internal import Ledger

extension PostgresStore {
  private func commands(_ rows: PostgresResult) throws(LedgerError) -> [StoredCommand] {
    var commands: [StoredCommand] = []
    for row in 0..<rows.rows { commands.append(try StoredCommand(rows, row, reader: session.writer)) }
    return commands
  }

  /// Rows are numbered by the database.
  func newestRow() throws(LedgerError) -> Int64 { 0 }

  func countUnknown() throws(LedgerError) -> Int64 {
    beginBatch()
    return try read("count_unknown_v1", session.writer).integer(0, 0) ?? 0
  }

  /// What this replica's last process was sending.
  func sendingCommands(inRows rows: ClosedRange<Int64>) throws(LedgerError) -> [StoredCommand] {
    try commands(try read("left_v1", session.writer))
  }

  func orphans() throws(LedgerError) -> [StoredCommand] {
    beginBatch()
    var parameters = PostgresParameters()
    parameters.append(Self.mostOrphans)
    return try commands(try read("orphans_v1", parameters)).filter { $0.holder.writer != session.writer }
  }

  private static let mostOrphans: Int32 = 64
  private static let mostUnknown: Int32 = 256

  /// Of this replica; another one looks up its own.
  func forEachUnknown(_ body: (StoredCommand) throws(LedgerError) -> Bool) throws(LedgerError) {
    var parameters = PostgresParameters()
    parameters.append(session.writer)
    parameters.append(Self.mostUnknown)
    for command in try commands(try read("unknown_v1", parameters)) {
      if let changed = changed[ByteString(command.commandID)], changed?.command.state != .unknown { continue }
      guard try body(command) else { return }
    }
  }

  func sendingElsewhere(_ commandIDs: [String]) throws(LedgerError) -> Set<String> {
    beginBatch()
    var parameters = PostgresParameters()
    parameters.append(array: commandIDs)
    let rows = try read("sending_v1", parameters)
    return Set((0..<rows.rows).compactMap { rows.text($0, 0) })
  }

  func newestKeyless(
    _ limit: Int, while isYoung: (DualClockInstant) -> Bool
  ) throws(LedgerError) -> [StoredCommand] {
    var parameters = PostgresParameters()
    parameters.append(Int32(clamping: limit))
    let young = try commands(try read("newest_v1", parameters)).prefix { isYoung($0.firstSent) }
    return young.filter(\.isKeyless)
  }

  func forEachCommand(
    afterRow row: Int64, limit: Int64, _ body: (CommandAge) throws(LedgerError) -> Bool
  ) throws(LedgerError) {
    var parameters = PostgresParameters()
    parameters.append(session.writer)
    parameters.append(row)
    parameters.append(limit)
    let rows = try read("ages_v1", parameters)
    for row in 0..<rows.rows {
      let age = CommandAge(
        row: rows.integer(row, 0) ?? 0, state: rows.integer(row, 1).flatMap(StoredCommand.State.init(rawValue:)),
        firstSent: rows.instant(row, 2), settled: rows.integer(row, 5).map { WallTime(microseconds: $0) })
      guard try body(age) else { return }
    }
  }

  private func neighbour(
    _ row: Int64, _ direction: RowDirection, isUnknown: Bool
  ) throws(LedgerError) -> (row: Int64, firstSent: DualClockInstant)? {
    var parameters = PostgresParameters()
    parameters.append(row)
    parameters.append(direction == .before)
    parameters.append(isUnknown)
    let rows = try read("neighbour_v1", parameters)
    return rows.rows == 1 ? (rows.integer(0, 0) ?? 0, rows.instant(0, 1)) : nil
  }

  func firstSent(beyondRow row: Int64, _ direction: RowDirection) throws(LedgerError) -> DualClockInstant? {
    try neighbour(row, direction, isUnknown: false)?.firstSent
  }

  func unknown(
    beyondRow row: Int64, _ direction: RowDirection
  ) throws(LedgerError) -> (row: Int64, firstSent: DualClockInstant)? {
    try neighbour(row, direction, isUnknown: true)
  }

  func hasConference(
    _ conferenceID: String, inRows rows: ClosedRange<Int64>, except row: Int64
  ) throws(LedgerError) -> Bool {
    // What this transaction has settled counts as well.
    for case let fact? in changed.values
    where fact.command.id != row && fact.conferenceID.map({ $0.utf8.elementsEqual(conferenceID.utf8) }) ?? false {
      return true
    }
    var parameters = PostgresParameters()
    parameters.append(conferenceID)
    parameters.append(rows.lowerBound)
    parameters.append(rows.upperBound)
    parameters.append(row)
    return try read("has_conference_v1", parameters).boolean(0, 0) ?? false
  }

  func conferences(
    named name: String, inRows rows: ClosedRange<Int64>, except row: Int64, limit: Int64
  ) throws(LedgerError) -> Set<String> {
    var parameters = PostgresParameters()
    parameters.append(name)
    parameters.append(rows.lowerBound)
    parameters.append(rows.upperBound)
    parameters.append(row)
    parameters.append(limit)
    let found = try read("conferences_v1", parameters)
    return Set((0..<found.rows).compactMap { found.text($0, 0) })
  }

  func forEachUnknownName(
    inRows rows: ClosedRange<Int64>, except row: Int64, _ body: (String, DualClockInstant) throws(LedgerError) -> Bool
  ) throws(LedgerError) {
    var parameters = PostgresParameters()
    parameters.append(session.writer)
    parameters.append(rows.lowerBound)
    parameters.append(rows.upperBound)
    parameters.append(row)
    let found = try read("undecided_names_v1", parameters)
    for index in 0..<found.rows {
      guard try body(found.text(index, 0) ?? "", found.instant(index, 1)) else { return }
    }
  }
}
