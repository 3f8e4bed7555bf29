internal import EventLoop
internal import Ledger

extension SQLiteStore {
  func newestRow() throws(LedgerError) -> Int64 {
    try statements.newestRow.first { (row) throws(LedgerError) in row.integer(0) } ?? 0
  }

  func countUnknown() throws(LedgerError) -> Int64 {
    try statements.countUnknown.first { (row) throws(LedgerError) in row.integer(0) } ?? 0
  }

  func sendingCommands(inRows rows: ClosedRange<Int64>) throws(LedgerError) -> [StoredCommand] {
    statements.sendingCommands.bind(1, rows.lowerBound)
    statements.sendingCommands.bind(2, rows.upperBound)
    var commands: [StoredCommand] = []
    try statements.sendingCommands.forEach { (row) throws(LedgerError) in
      commands.append(try StoredCommand(row))
      return true
    }
    return commands
  }

  func forEachUnknown(_ body: (StoredCommand) throws(LedgerError) -> Bool) throws(LedgerError) {
    try statements.unknownCommands.forEach { (row) throws(LedgerError) in try body(StoredCommand(row)) }
  }

  func newestKeyless(
    _ limit: Int, while isYoung: (DualClockInstant) -> Bool
  ) throws(LedgerError) -> [StoredCommand] {
    var commands: [StoredCommand] = []
    try statements.newestCommands.forEach { (row) throws(LedgerError) in
      guard isYoung(StoredCommand.firstSent(row)) else { return false }
      if StoredCommand.isKeyless(row) { commands.append(try StoredCommand(row)) }
      return commands.count < limit
    }
    return commands
  }

  func forEachCommand(
    afterRow row: Int64, limit: Int64, _ body: (CommandAge) throws(LedgerError) -> Bool
  ) throws(LedgerError) {
    statements.oldestCommands.bind(1, row)
    statements.oldestCommands.bind(2, limit)
    try statements.oldestCommands.forEach { (row) throws(LedgerError) in
      try body(
        CommandAge(
          row: row.integer(0), state: StoredCommand.State(rawValue: row.integer(1)), firstSent: row.instant(3),
          settled: row.isNull(2) ? nil : WallTime(microseconds: row.integer(2))))
    }
  }

  func firstSent(beyondRow row: Int64, _ direction: RowDirection) throws(LedgerError) -> DualClockInstant? {
    let next = direction == .before ? statements.commandBefore : statements.commandBehind
    next.bind(1, row)
    return try next.first { (row) throws(LedgerError) in row.instant(0) }
  }

  func unknown(
    beyondRow row: Int64, _ direction: RowDirection
  ) throws(LedgerError) -> (row: Int64, firstSent: DualClockInstant)? {
    let next = direction == .before ? statements.unknownBefore : statements.unknownBehind
    next.bind(1, row)
    return try next.first { (row) throws(LedgerError) in (row.integer(0), row.instant(1)) }
  }

  func hasConference(
    _ conferenceID: String, inRows rows: ClosedRange<Int64>, except row: Int64
  ) throws(LedgerError) -> Bool {
    statements.conferenceOwner.bind(1, rows.lowerBound)
    statements.conferenceOwner.bind(2, rows.upperBound)
    statements.conferenceOwner.bind(3, row)
    statements.conferenceOwner.bind(4, conferenceID)
    return try statements.conferenceOwner.first { (_) throws(LedgerError) in true } ?? false
  }

  func conferences(
    named name: String, inRows rows: ClosedRange<Int64>, except row: Int64, limit: Int64
  ) throws(LedgerError) -> Set<String> {
    statements.conferencesOfName.bind(1, rows.lowerBound)
    statements.conferencesOfName.bind(2, rows.upperBound)
    statements.conferencesOfName.bind(3, row)
    statements.conferencesOfName.bind(4, name)
    statements.conferencesOfName.bind(5, limit)
    var conferences: Set<String> = []
    try statements.conferencesOfName.forEach { (row) throws(LedgerError) in
      conferences.insert(row.string(0))
      return true
    }
    return conferences
  }

  func forEachUnknownName(
    inRows rows: ClosedRange<Int64>, except row: Int64, _ body: (String, DualClockInstant) throws(LedgerError) -> Bool
  ) throws(LedgerError) {
    statements.unknownNames.bind(1, rows.lowerBound)
    statements.unknownNames.bind(2, rows.upperBound)
    statements.unknownNames.bind(3, row)
    try statements.unknownNames.forEach { (row) throws(LedgerError) in try body(row.string(0), row.instant(1)) }
  }
}

extension PreparedStatement {
  /// The columns `first_sent`, `boot` and `boot_sent`, of which this is the first.
  fileprivate func instant(_ column: Int32) -> DualClockInstant {
    DualClockInstant(
      wall: WallTime(microseconds: integer(column)), boot: integer(column + 1), sinceBoot: integer(column + 2))
  }
}
