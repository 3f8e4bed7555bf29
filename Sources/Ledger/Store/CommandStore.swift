package import EventLoop
package import Gateway

/// The rows of commands and of their outcomes. A row's number says where it lies: in the order of the first sends.
package protocol CommandStore: AnyObject {
  func command(_ commandID: String) throws(LedgerError) -> StoredCommand?
  func command(inRow row: Int64) throws(LedgerError) -> StoredCommand?
  func reply(ofRow row: Int64) throws(LedgerError) -> StoredReply?
  func conference(ofRow row: Int64) throws(LedgerError) -> String?
  func sent(inRow row: Int64) throws(LedgerError) -> SentCommand?
  /// The conference's.
  func name(inRow row: Int64) throws(LedgerError) -> String?

  /// - Returns: the command as it is then; nil where there is a row with its id. Then nothing is written.
  func insert(_ command: StoredCommand, from admission: Admission) throws(LedgerError) -> StoredCommand?
  /// - Parameter state: sending or unknown. A row that is done says `sending` still, and has an outcome.
  /// - Returns: the command as it is then.
  func mark(_ command: StoredCommand, _ state: StoredCommand.State) throws(LedgerError) -> StoredCommand
  func noteToken(_ token: TokenDigest, of command: StoredCommand) throws(LedgerError)
  /// The command is done, and no longer among those of unknown outcome.
  func insertOutcome(
    of command: StoredCommand, settled: WallTime, conferenceID: String, reply: StoredReply
  ) throws(LedgerError)
  /// Whose conferences these are, as far as is remembered.
  func owners(of conferenceIDs: [String]) throws(LedgerError) -> [ConferenceOwner?]
  /// Whether it is remembered of conferences whose they are, from now on.
  var remembersConferences: Bool { get set }
  /// Remembers it of those whose commands were settled since then.
  func recallConferences(settledSince time: WallTime) throws(LedgerError)
  /// Forgets it of those whose commands were settled before; some at a time, in the order of their ids.
  ///
  /// - Parameter id: the last one that was looked at; nil = none was.
  /// - Returns: the last one that this looked at; nil = there is none behind it.
  func forgetConferences(
    settledBefore time: WallTime, behind id: String?, limit: Int64
  ) throws(LedgerError) -> String?
  /// It is as if the command had never been.
  func delete(_ command: StoredCommand) throws(LedgerError)
  /// A command that is done and too old to be remembered, with its outcome.
  func deleteDone(row: Int64) throws(LedgerError)

  /// The highest number of a row; 0 where there is none.
  func newestRow() throws(LedgerError) -> Int64
  func countUnknown() throws(LedgerError) -> Int64
  /// Those without an outcome that are not marked as unknown.
  func sendingCommands(inRows rows: ClosedRange<Int64>) throws(LedgerError) -> [StoredCommand]
  /// - Parameter body: returns whether it wants the next one.
  func forEachUnknown(_ body: (StoredCommand) throws(LedgerError) -> Bool) throws(LedgerError)
  /// The newest commands without a key of the caller's, newest first. Whether they are done doesn't show.
  ///
  /// - Parameter isYoung: of each command's first send, with a key or without; the first that isn't ends the search.
  func newestKeyless(
    _ limit: Int, while isYoung: (DualClockInstant) -> Bool
  ) throws(LedgerError) -> [StoredCommand]
  /// - Parameter body: gets what pruning goes by; returns whether it wants the next one.
  func forEachCommand(
    afterRow row: Int64, limit: Int64, _ body: (CommandAge) throws(LedgerError) -> Bool
  ) throws(LedgerError)

  /// When the next command beyond a row was first sent; nil where there is none.
  func firstSent(beyondRow row: Int64, _ direction: RowDirection) throws(LedgerError) -> DualClockInstant?
  /// The next command of unknown outcome beyond a row.
  func unknown(
    beyondRow row: Int64, _ direction: RowDirection
  ) throws(LedgerError) -> (row: Int64, firstSent: DualClockInstant)?
  /// Whether the outcome of one of these rows, but for `row`, is this conference.
  func hasConference(
    _ conferenceID: String, inRows rows: ClosedRange<Int64>, except row: Int64
  ) throws(LedgerError) -> Bool
  func conferences(
    named name: String, inRows rows: ClosedRange<Int64>, except row: Int64, limit: Int64
  ) throws(LedgerError) -> Set<String>
  /// The conferences' names of commands of unknown outcome.
  ///
  /// - Parameter body: returns whether it wants the next one.
  func forEachUnknownName(
    inRows rows: ClosedRange<Int64>, except row: Int64, _ body: (String, DualClockInstant) throws(LedgerError) -> Bool
  ) throws(LedgerError)
}

/// Where to look from a row.
package enum RowDirection: Sendable { case before, behind }

/// What of a command is read only to send it again, or to look it up.
package struct SentCommand: Sendable {
  /// The bytes that were sent.
  package let body: [UInt8]
  /// With which token; nil = nobody knows.
  package let token: TokenDigest?

  package init(body: [UInt8], token: TokenDigest?) {
    self.body = body
    self.token = token
  }
}

/// How old a command is, and what state it is in.
package struct CommandAge: Sendable {
  package let row: Int64
  /// nil = none that this version knows.
  package let state: StoredCommand.State?
  package let firstSent: DualClockInstant
  /// nil = it has no outcome.
  package let settled: WallTime?

  package init(row: Int64, state: StoredCommand.State?, firstSent: DualClockInstant, settled: WallTime?) {
    self.row = row
    self.state = state
    self.firstSent = firstSent
    self.settled = settled
  }
}
