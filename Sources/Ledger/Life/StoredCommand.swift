package import EventLoop

/// What the ledger knows of a command, but for its bytes.
package struct StoredCommand: Sendable, Equatable {
  /// As in the column `state`, but for `done`, which is the row in `outcomes`.
  package enum State: Int64, Sendable {
    /// The intent is durable; an exchange is sending it.
    case sending = 1
    /// Executed, and the reply is known.
    case done = 2
    /// Sent, and nobody knows what became of it.
    case unknown = 3
  }

  /// The row.
  package var id: Int64
  package var commandID: String
  package var team: String
  package var caller: String
  package var fingerprint: [UInt8]
  package var isKeyless: Bool
  package var state: State
  package var firstSent: Moment
  package var settled: WallTime?

  package init(
    id: Int64, commandID: String, team: String, caller: String, fingerprint: [UInt8], isKeyless: Bool, state: State,
    firstSent: Moment, settled: WallTime? = nil
  ) {
    self.id = id
    self.commandID = commandID
    self.team = team
    self.caller = caller
    self.fingerprint = fingerprint
    self.isKeyless = isKeyless
    self.state = state
    self.firstSent = firstSent
    self.settled = settled
  }

  /// When it was settled, as far as two clocks can tell: of the machine's own only the first send is known, which was
  /// before.
  var settledMoment: Moment? {
    settled.map { Moment(wall: $0, boot: firstSent.boot, sinceBoot: firstSent.sinceBoot) }
  }

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

  static func firstSent(_ row: borrowing PreparedStatement) -> Moment {
    Moment(wall: WallTime(microseconds: row.integer(7)), boot: row.integer(8), sinceBoot: row.integer(9))
  }
}
