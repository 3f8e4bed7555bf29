internal import Audit
internal import EventLoop
internal import Gateway
internal import Logging

/// Where pruning stands.
struct Pruning {
  /// The row up to which this pass has looked at commands.
  var looked: Int64 = 0
  var passBegan: MonotonicTime?
  /// Commands of unknown outcome that were forgotten and not spoken of yet.
  var forgotten = 0
  /// When to look again.
  var due = MonotonicTime.now
}

extension LedgerState {
  /// Rows of each table in one step. A step is part of a batch's transaction, so it is small next to the batch's fsync;
  /// but steps in a row must take out more than batches put in.
  private var step: Int64 { Int64(max(64, 2 * batchSize)) }
  /// A pass begins anew from time to time, for the rows that it had to leave: unknown outcomes, late ones.
  private static let passInterval: Duration = .seconds(3600)
  /// Commands of unknown outcome that one step forgets: each has a record.
  private static let mostForgotten = 8

  /// Deletes a few rows that are too old, oldest first. Within a transaction.
  ///
  /// A finished command is kept for `keepCommands` from its outcome, and as long as it is needed to tell whose a conference
  /// is; one whose outcome is unknown for `keepUnknown`, since to forget it is to allow a second create; one that is being
  /// sent or looked up as long as that takes; a record for `keepAudit` by the clock that limits are counted by, too, and
  /// until every sink has it.
  func prune() throws(LedgerError) {
    let now = MonotonicTime.now
    guard now >= pruning.due else { return }
    let moment = self.now
    let moreCommands = try pruneCommands(at: moment, now)
    try pruneConferences(at: moment)
    let moreRecords = try pruneRecords(at: limitClock.earliest(at: moment))
    // With a backlog the next transaction goes on; an idle ledger makes one for it soon.
    pruning.due = moreCommands || moreRecords ? now : now + options.pruningPause
  }

  /// - Returns: whether there may be more.
  private func pruneCommands(at moment: DualClockInstant, _ now: MonotonicTime) throws(LedgerError) -> Bool {
    if pruning.passBegan.map({ now >= $0 + Self.passInterval }) ?? true {
      pruning.passBegan = now
      pruning.looked = 0
    }
    var old: [Int64] = []
    var unknown: [Int64] = []
    var count: Int64 = 0
    var reachedYoung = false
    var looked = pruning.looked
    var neighbours = try UnknownNeighbours(around: looked, store)
    try store.forEachCommand(afterRow: looked, limit: step) { (command) throws(LedgerError) in
      // Rows lie in the order of their first send, so behind a young one all are young.
      guard moment.isBeyond(settings.keepCommands, after: command.firstSent) else {
        reachedYoung = true
        return false
      }
      count += 1
      looked = command.row
      switch command.state {
      case _ where command.settled != nil:
        // By the machine's clock it is old, since its first send is.
        guard let settled = command.settled,
          moment.wall.microseconds - settled.microseconds > settings.keepCommands.microseconds
        else { break }
        try neighbours.advance(to: looked)
        if !neighbours.need(command.firstSent) { old.append(looked) }
      case .unknown: if moment.isBeyond(settings.keepUnknown, after: command.firstSent) { unknown.append(looked) }
      case .sending, .done, nil: break
      }
      return unknown.count < Self.mostForgotten
    }
    pruning.looked = looked
    for row in old { try store.deleteDone(row: row) }
    for row in unknown { try forgetUnknown(row, at: moment) }
    let isLong = unknown.count == Self.mostForgotten
    if !isLong { tellForgotten() }
    return isLong || (!reachedYoung && count == step)
  }

  /// Its time is over: nothing keeps its repeat from being sent any more. That is put on the record.
  private func forgetUnknown(_ row: Int64, at moment: DualClockInstant) throws(LedgerError) {
    let command = try store.command(inRow: row)
    // One that is being looked up: in the next pass. One that another replica holds is that one's to forget.
    guard let command, inFlight[command.commandID] == nil, shared?.owns(command) ?? true else { return }
    try write(try recovered(command, at: moment, .unknown) { $0.rule = "keep.unknown" })
    try delete(command)
    pruning.forgotten += 1
  }

  /// Once for all that a pass forgot.
  private func tellForgotten() {
    guard pruning.forgotten > 0 else { return }
    logger.warning(
      "commands whose outcome was never known were forgotten; a repeat of one is sent as a new command",
      metadata: ["count": "\(pruning.forgotten)"])
    pruning.forgotten = 0
  }

  private func pruneRecords(at wall: WallTime) throws(LedgerError) -> Bool {
    // Those of a shared ledger go a day at a time, of all chains at once.
    guard shared == nil else { return false }
    let oldest = wall.microseconds - settings.keepAudit.microseconds
    let delivered = sinks.delivered
    var first: Int64?
    var last: AuditChain?
    var count: Int64 = 0
    try store.forEachOldest(step) { (seq, time, hash) throws(LedgerError) in
      // The newest record stays, whatever its age: the chain goes on from it.
      guard time.microseconds < oldest, seq <= delivered, seq < chain.seq else { return false }
      count += 1
      first = first ?? seq
      last = AuditChain(seq: seq, hash: hash)
      return true
    }
    guard let first, let last else { return false }
    // What the oldest record that is left follows.
    try store.setMeta(.anchor, anchor(first: first, last: last).text)
    try store.deleteRecords(through: last.seq)
    return count == step
  }
}
