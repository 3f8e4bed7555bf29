internal import EventLoop
internal import Ledger

extension StoredCommand {
  /// What `init` reads, and where from.
  static let columns = """
    commands.id, command_id, team, caller, fingerprint, keyless, iif(settled IS NULL, state, 2), first_sent, boot, \
    boot_sent, settled FROM commands LEFT JOIN outcomes ON outcomes.id = commands.id
    """
  /// The same where there is no outcome, or it doesn't matter.
  static let columnsWithoutOutcome = """
    id, command_id, team, caller, fingerprint, keyless, state, first_sent, boot, boot_sent, NULL FROM commands
    """

  init(_ row: PreparedStatement) throws(LedgerError) {
    guard let state = State(rawValue: row.integer(6)) else {
      throw LedgerError(.failed, "the command in row \(row.integer(0)) is in no known state")
    }
    self.init(
      id: row.integer(0), commandID: row.string(1), team: row.string(2), caller: row.string(3),
      fingerprint: row.bytes(4), isKeyless: Self.isKeyless(row), state: state, firstSent: Self.firstSent(row),
      settled: row.isNull(10) ? nil : WallTime(microseconds: row.integer(10)))
  }

  // For whoever goes through many rows and wants few of them.

  static func isKeyless(_ row: borrowing PreparedStatement) -> Bool { row.integer(5) != 0 }

  static func firstSent(_ row: borrowing PreparedStatement) -> DualClockInstant {
    DualClockInstant(wall: WallTime(microseconds: row.integer(7)), boot: row.integer(8), sinceBoot: row.integer(9))
  }
}
