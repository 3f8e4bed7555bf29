internal import EventLoop
internal import Gateway

/// Whose conference is it? A look-up finds a conference by its name and a call in it, and two commands may have both in
/// common.
///
/// There is no index by conference: it would cost every command a page, for a question that is asked once a look-up. But a
/// conference that a look-up finds was made at most `Reconciliation.clockMargin` before the command was first sent and at most
/// `Reconciliation.latestCreation` after, and whoever made it was first sent a minute before that at the most. Rows lie in
/// the order of their first send, so only those around the command's own are read.
extension Bookkeeper {
  /// Before the command's first send: as above, a minute, and another one for the reply's way.
  static let ownersBefore: Duration = Reconciliation.clockMargin + .seconds(120)
  static let ownersAfter: Duration = Reconciliation.latestCreation + .seconds(120)
  /// Rows in one direction: the first of these that reaches far enough. Twice the last one's take 20 ms to read, which all
  /// others wait; with more commands than that in so short a time nobody can tell.
  private static let reaches: [Int64] = [256, 2048, 16_384]
  /// Of one name; what is beyond is not told.
  private static let mostOthers: Int64 = 256

  /// Whether a conference that was found for a command may be another command's: one that is remembered has it, or one of
  /// which nobody knows yet what became may have made it, or there are too many to be sure.
  func mayBelongToAnother(_ conferenceID: String, than command: StoredCommand) throws(LedgerError) -> Bool {
    guard let neighbours = try neighbours(of: command) else { return true }
    statements.conferenceOwner.bind(1, neighbours.lowerBound)
    statements.conferenceOwner.bind(2, neighbours.upperBound)
    statements.conferenceOwner.bind(3, command.id)
    statements.conferenceOwner.bind(4, conferenceID)
    if try statements.conferenceOwner.first({ (row) throws(LedgerError) in row.integer(0) }) != nil { return true }
    return try hasTwin(command, among: neighbours)
  }

  /// The conferences of other commands with this one's name, those that are remembered.
  func conferencesOfOthers(than command: StoredCommand) throws(LedgerError) -> Set<String> {
    guard let neighbours = try neighbours(of: command) else { return [] }
    statements.conferencesOfName.bind(1, neighbours.lowerBound)
    statements.conferencesOfName.bind(2, neighbours.upperBound)
    statements.conferencesOfName.bind(3, command.id)
    statements.conferencesOfName.bind(4, try readName(command))
    statements.conferencesOfName.bind(5, Self.mostOthers)
    var others: Set<String> = []
    try statements.conferencesOfName.forEach { (row) throws(LedgerError) in
      others.insert(row.string(0))
      return true
    }
    return others
  }

  /// Whether there is a command, being sent or of unknown outcome, that may have made the same conference: one of about the
  /// same time with the same name. Its call may be another: the first one's call can have joined the second one's conference
  /// since.
  private func hasTwin(_ command: StoredCommand, among neighbours: ClosedRange<Int64>) throws(LedgerError) -> Bool {
    let name = ConferenceName(try readName(command))
    statements.unknownNames.bind(1, neighbours.lowerBound)
    statements.unknownNames.bind(2, neighbours.upperBound)
    statements.unknownNames.bind(3, command.id)
    var hasTwin = false
    try statements.unknownNames.forEach { (row) throws(LedgerError) in
      let firstSent = Moment(
        wall: WallTime(microseconds: row.integer(1)), boot: row.integer(2), sinceBoot: row.integer(3))
      hasTwin = isNear(firstSent, command) && ConferenceName(row.string(0)) == name
      return !hasTwin
    }
    if hasTwin { return true }
    for sending in inFlight.sending where sending.id != command.id && isNear(sending.firstSent, command) {
      if ConferenceName(try readName(sending)) == name { return true }
    }
    return false
  }

  /// Whether a command that was first sent then may have made a conference that is found for this one.
  private func isNear(_ firstSent: Moment, _ command: StoredCommand) -> Bool {
    let age = command.firstSent.age(of: firstSent)
    return age <= Self.ownersBefore && .zero - age <= Self.ownersAfter
  }

  private func readName(_ command: StoredCommand) throws(LedgerError) -> String {
    statements.readName.bind(1, command.id)
    let name = try statements.readName.first { (row) throws(LedgerError) in row.string(0) }
    guard let name else { throw LedgerError(.failed, "the row \(command.id) of a command is gone") }
    return name
  }

  /// The rows that lie so close to a command's own that their commands may have made a conference that is found for it; nil
  /// where they are too many.
  private func neighbours(of command: StoredCommand) throws(LedgerError) -> ClosedRange<Int64>? {
    var first: Int64?
    var last: Int64?
    for reach in Self.reaches {
      if first == nil, try isBeyond(Self.ownersBefore, command, statements.commandBefore, from: command.id - reach) {
        first = command.id - reach
      }
      if last == nil, try isBeyond(Self.ownersAfter, command, statements.commandBehind, from: command.id + reach) {
        last = command.id + reach
      }
    }
    guard let first, let last else { return nil }
    return first...last
  }

  /// Whether the next command beyond a row was first sent so long before or after, or there is none.
  private func isBeyond(
    _ duration: Duration, _ command: StoredCommand, _ next: PreparedStatement, from row: Int64
  ) throws(LedgerError) -> Bool {
    next.bind(1, row)
    let moment = try next.first { (row) throws(LedgerError) in
      Moment(wall: WallTime(microseconds: row.integer(0)), boot: row.integer(1), sinceBoot: row.integer(2))
    }
    guard let moment else { return true }
    let age = command.firstSent.age(of: moment)
    return max(age, .zero - age) > duration
  }
}
