internal import EventLoop
internal import Gateway

/// Whose conference is it? A look-up finds a conference by its name and a call in it, and two commands may have both in
/// common.
///
/// There is no index by conference: it would cost every command a page, for a question that is asked once a look-up. But a
/// conference that a look-up finds was made at most `Reconciliation.clockMargin` before the command was first sent and at most
/// `Reconciliation.latestCreation` after, and whoever made it was first sent a minute before that at the most. Rows lie in
/// the order of their first send, so only those around the command's own are read.
extension LedgerState {
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
    if try store.hasConference(conferenceID, inRows: neighbours, except: command.id) { return true }
    return try hasTwin(command, among: neighbours)
  }

  /// The conferences of other commands with this one's name, those that are remembered.
  func conferencesOfOthers(than command: StoredCommand) throws(LedgerError) -> Set<String> {
    guard let neighbours = try neighbours(of: command) else { return [] }
    return try store.conferences(
      named: try readName(command), inRows: neighbours, except: command.id, limit: Self.mostOthers)
  }

  /// Whether there is a command, being sent or of unknown outcome, that may have made the same conference: one of about the
  /// same time with the same name. Its call may be another: the first one's call can have joined the second one's conference
  /// since.
  private func hasTwin(_ command: StoredCommand, among neighbours: ClosedRange<Int64>) throws(LedgerError) -> Bool {
    let name = ConferenceName(try readName(command))
    var hasTwin = false
    try store.forEachUnknownName(inRows: neighbours, except: command.id) { (other, firstSent) throws(LedgerError) in
      hasTwin = isNear(firstSent, command) && ConferenceName(other) == name
      return !hasTwin
    }
    if hasTwin { return true }
    for sending in inFlight.sending where sending.id != command.id && isNear(sending.firstSent, command) {
      if ConferenceName(try readName(sending)) == name { return true }
    }
    return false
  }

  /// Whether a command that was first sent then may have made a conference that is found for this one.
  private func isNear(_ firstSent: DualClockInstant, _ command: StoredCommand) -> Bool {
    let age = command.firstSent.age(of: firstSent)
    return age <= Self.ownersBefore && .zero - age <= Self.ownersAfter
  }

  private func readName(_ command: StoredCommand) throws(LedgerError) -> String {
    guard let name = try store.name(inRow: command.id) else {
      throw LedgerError(.failed, "the row \(command.id) of a command is gone")
    }
    return name
  }

  /// The rows that lie so close to a command's own that their commands may have made a conference that is found for it; nil
  /// where they are too many.
  private func neighbours(of command: StoredCommand) throws(LedgerError) -> ClosedRange<Int64>? {
    var first: Int64?
    var last: Int64?
    for reach in Self.reaches {
      if first == nil, try isBeyond(Self.ownersBefore, command, from: command.id - reach, .before) {
        first = command.id - reach
      }
      if last == nil, try isBeyond(Self.ownersAfter, command, from: command.id + reach, .behind) {
        last = command.id + reach
      }
    }
    guard let first, let last else { return nil }
    return first...last
  }

  /// Whether the next command beyond a row was first sent so long before or after, or there is none.
  private func isBeyond(
    _ duration: Duration, _ command: StoredCommand, from row: Int64, _ direction: RowDirection
  ) throws(LedgerError) -> Bool {
    guard let instant = try store.firstSent(beyondRow: row, direction) else { return true }
    let age = command.firstSent.age(of: instant)
    return max(age, .zero - age) > duration
  }
}
