internal import EventLoop
internal import Gateway

/// Which finished commands are remembered beyond their time: those near a command of unknown outcome. As long as that one can
/// be looked up, somebody may have to be told that a conference that is found is not its own (`mayBelongToAnother`).
extension Bookkeeper {
  /// Far beyond whatever can be configured.
  static let forever: Duration = .seconds(100 * 366 * 86_400)

  /// Whether an outcome is still needed, however old it is.
  func isNeeded(_ command: StoredCommand) throws(LedgerError) -> Bool {
    guard command.state == .done else { return false }
    return try UnknownNeighbours(around: command.id, statements).need(command.firstSent)
  }
}

/// The commands of unknown outcome next to a row, before and behind it. Rows lie in the order of their first send.
struct UnknownNeighbours {
  private struct Place {
    let row: Int64
    let firstSent: Moment
  }

  private let statements: LedgerStatements
  private var before: Place?
  private var behind: Place?

  init(around row: Int64, _ statements: LedgerStatements) throws(LedgerError) {
    self.statements = statements
    before = try Self.next(statements.unknownBefore, from: row)
    behind = try Self.next(statements.unknownBehind, from: row)
  }

  /// Goes on to a later row.
  mutating func advance(to row: Int64) throws(LedgerError) {
    while let place = behind, place.row <= row {
      before = place
      behind = try Self.next(statements.unknownBehind, from: place.row)
    }
  }

  /// Whether a look-up of one of the two has to know of a command that was first sent then.
  func need(_ firstSent: Moment) -> Bool {
    func isWithin(_ duration: Duration, _ place: Place?) -> Bool {
      guard let place else { return false }
      let age = firstSent.age(of: place.firstSent)
      return max(age, .zero - age) <= duration
    }
    return isWithin(Bookkeeper.ownersAfter, before) || isWithin(Bookkeeper.ownersBefore, behind)
  }

  private static func next(_ statement: PreparedStatement, from row: Int64) throws(LedgerError) -> Place? {
    statement.bind(1, row)
    return try statement.first { (row) throws(LedgerError) in
      Place(
        row: row.integer(0),
        firstSent: Moment(
          wall: WallTime(microseconds: row.integer(1)), boot: row.integer(2), sinceBoot: row.integer(3)))
    }
  }
}
