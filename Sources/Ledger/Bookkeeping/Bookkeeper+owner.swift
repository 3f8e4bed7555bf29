internal import EventLoop
internal import Gateway

/// Whose conference is it? A look-up finds a conference by its name and a call in it, and two commands may have both in
/// common.
///
/// There is no index by conference: it would cost every command a page, for a question that is asked once a look-up. But a
/// conference that a look-up finds was made at most half a minute before the command was first sent and at most
/// `Reconciliation.latestCreation` after, and whoever made it was first sent a minute before that at the most. Rows lie in
/// the order of their first send, so only those around the command's own are read.
extension Bookkeeper {
  /// Before the command's first send: half a minute as above, as much for Telnyx's clock, and a minute.
  private static let before: Duration = .seconds(120)
  private static let after: Duration = Reconciliation.latestCreation + .seconds(60)
  /// Rows in one direction: the first of these that reaches far enough. Twice the last one's take 20 ms to read, which all
  /// others wait; with more commands than that in so short a time nobody can tell.
  private static let reaches: [Int64] = [256, 2048, 16_384]

  /// Whether another command that is remembered has the conference, or where there are too many to be sure.
  func mayBelongToAnother(_ conferenceID: String, than command: StoredCommand) throws(LedgerError) -> Bool {
    var first: Int64?
    var last: Int64?
    for reach in Self.reaches {
      if first == nil, try isBeyond(Self.before, command, statements.commandBefore, from: command.id - reach) {
        first = command.id - reach
      }
      if last == nil, try isBeyond(Self.after, command, statements.commandBehind, from: command.id + reach) {
        last = command.id + reach
      }
    }
    guard let first, let last else { return true }
    statements.conferenceOwner.bind(1, first)
    statements.conferenceOwner.bind(2, last)
    statements.conferenceOwner.bind(3, command.id)
    statements.conferenceOwner.bind(4, conferenceID)
    return try statements.conferenceOwner.first { (row) throws(LedgerError) in row.integer(0) } != nil
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
