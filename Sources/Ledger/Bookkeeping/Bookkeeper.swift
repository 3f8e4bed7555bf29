internal import Conference
internal import EventLoop
internal import Gateway
internal import Logging
internal import Metrics

/// Everything that the ledger's thread owns: the connection's statements, and what is kept in memory beside the tables.
///
/// Lives on that one thread from its first line to its last. What each request does stands in the extensions; this is
/// the state they share, and the transaction around them. The order within one transaction: pruning, which may make room
/// for the rest; what an earlier one could not write; the requests in the order of their coming; limits and sinks'
/// positions; COMMIT. Then the answers.
final class Bookkeeper {
  let statements: LedgerStatements
  let settings: LedgerSettings
  let options: LedgerOptions
  /// nil = in memory.
  private let space: LogSpace?
  let counters: LedgerCounters
  let logger: Logger
  /// Which start of the machine this is.
  let boot: Int64

  var chain: AuditChain
  var rows: CommandRows
  var limits = LimitBook()
  /// By which `limits` are counted.
  private(set) var limitClock: LimitClock
  var inFlight = InFlightCommands()
  var keyless = KeylessCommands()
  var keylessRefusals = KeylessRefusals()
  var flood: FloodFold
  var outbox = AnswerOutbox()
  var pruning = Pruning()
  var lookUps = LookUpHistory()
  var sinks: SinkFeed
  var checkpoints: Checkpointing
  var unknownTally = UnknownTally()

  /// Whether a transaction is open. Without one nothing is written: what can be answered from what is known is answered,
  /// and what can't is refused.
  private(set) var isWriting = false
  /// Whether the open transaction is for outcomes alone: other records wait for the next.
  private(set) var writesOutcomesOnly = false
  /// Of those that wait, how many go into one transaction.
  private static let unwrittenAtATime = 512
  /// Records that wait for a transaction that commits.
  var unwritten: [AuditRecord] = []
  /// Outcomes that wait for one. Their exchanges are not answered before.
  var held: [LedgerQueue.Item] = []
  /// Requests in this transaction.
  var batchSize = 0
  /// Whether a ledger in memory takes new commands.
  private var hasMemory = true
  private static let measuringInterval = 64
  /// Requests until it is measured again.
  private var unmeasured = 0
  /// Frames of the log for what this transaction has begun.
  private var begun = 0
  let pseudonyms: Pseudonyms
  /// For the records' times.
  var times = TimeText()
  /// The lines of this transaction's records, for the sinks.
  var lines: [UInt8] = []

  init(
    _ connection: SQLiteConnection, space: LogSpace?, settings: LedgerSettings, options: LedgerOptions,
    counters: LedgerCounters, sinks: [AuditSink], logger: Logger
  ) throws(LedgerError) {
    statements = try LedgerStatements(connection)
    self.settings = settings
    self.options = options
    self.counters = counters
    self.logger = logger
    self.space = space
    flood = FloodFold(allowed: options.floodAllowance)
    let notes = try AuditNotes(statements.meta)
    chain = try Self.resumedChain(statements, notes, logger)
    try Self.adoptAnchor(statements, notes, options.checkpoint, logger)
    checkpoints = Checkpointing(options.checkpoint, notes, newest: chain.seq)
    rows = CommandRows(last: try statements.lastRow())
    let key: [UInt8]
    (key, boot, limitClock) = try Self.begin(statements, options.clock)
    pseudonyms = Pseudonyms(key: key)
    self.sinks = try SinkFeed(sinks, statements)
    counters.setNewestRecord(chain.seq)
    try recallFlood()
  }

  var now: Moment { Moment(wall: options.clock.wall(), boot: boot, sinceBoot: options.clock.sinceBoot()) }

  /// What each start writes, in one transaction.
  private static func begin(
    _ statements: LedgerStatements, _ clock: LedgerClock
  ) throws(LedgerError) -> (pseudonymKey: [UInt8], boot: Int64, LimitClock) {
    try statements.begin.run()
    do throws(LedgerError) {
      let key = try statements.pseudonymKey()
      let boot = try statements.countBoot(clock.bootID)
      let limitClock = try LimitClock(
        statements, at: Moment(wall: clock.wall(), boot: boot, sinceBoot: clock.sinceBoot()))
      try statements.commit.run()
      return (key, boot, limitClock)
    } catch {
      try? statements.rollback.run()
      throw error
    }
  }

  /// What a transaction that fails puts back.
  private struct Before {
    let chain: AuditChain
    let flood: FloodFold
    let checkpoints: Checkpointing
    let rows: CommandRows
    let pruning: Pruning
    let limitClock: LimitClock
  }

  /// Runs `work` in a transaction of its own. When this returns, all of it is on the disk and answered; when it throws,
  /// nothing has happened, on disk or in memory, and nobody was answered.
  ///
  /// - Parameter outcomesOnly: nothing but `work` is written, for which there is space already.
  func transaction(outcomesOnly: Bool = false, _ work: () throws(LedgerError) -> Void) throws(LedgerError) {
    let before = Before(
      chain: chain, flood: flood, checkpoints: checkpoints, rows: rows, pruning: pruning, limitClock: limitClock)
    let (waiting, written) = (unwritten.count, outcomesOnly ? 0 : min(unwritten.count, Self.unwrittenAtATime))
    do throws(LedgerError) {
      begun = 0
      if !outcomesOnly { try space?.provide(frames + LogEstimate.margin, begun: inFlight.frames + LogEstimate.upkeep) }
      try statements.begin.run()
      isWriting = true
      writesOutcomesOnly = outcomesOnly
      if space == nil { try measureMemory() }
      if !outcomesOnly {
        try prune()
        for record in unwritten[..<written] { try write(record) }
      }
      try work()
      if !outcomesOnly {
        try noteInFlight()
        try noteFlood()
        if let note = limitClock.takeNote(at: now) { try statements.setMeta(.limitClock, note) }
      }
      try vouch()
      try limits.write(statements)
      try sinks.writePositions(statements)
      try space?.mark()
      let began = MonotonicTime.now
      try statements.commit.run()
      counters.commitDurations.observe(Int((MonotonicTime.now - began).nanoseconds))
      try space?.checkPlace()
      isWriting = false
    } catch {
      isWriting = false
      // SQLite may have rolled back by itself, then there is nothing to roll back (sqlite.org/lang_transaction.html,
      // section 3). What is left open by a failing device ends with the process.
      try? statements.rollback.run()
      (chain, flood, checkpoints) = (before.chain, before.flood, before.checkpoints)
      (rows, pruning, limitClock) = (before.rows, before.pruning, before.limitClock)
      unwritten.removeLast(unwritten.count - waiting)
      inFlight.rollBack()
      keyless.rollBack()
      keylessRefusals.rollBack()
      limits.rollBack()
      // Perhaps there is something to delete, and then there is room.
      pruning.due = .now
      outbox.discard()
      lines.removeAll(keepingCapacity: true)
      counters.failures.add()
      throw error
    }
    unwritten.removeFirst(written)
    inFlight.commit()
    keyless.commit()
    keylessRefusals.commit()
    counters.commits.add()
    counters.setNewestRecord(chain.seq)
    outbox.deliver()
    sinks.hand(lines, from: before.chain.seq, through: chain)
    lines.removeAll(keepingCapacity: true)
    try space?.tidy(begun: inFlight.frames + LogEstimate.upkeep)
  }

  /// A ledger in memory is measured once for so many requests: SQLite compiles `PRAGMA page_count` anew for each run, and
  /// that takes as long as a command's rows. What they add meanwhile is little next to what is kept for outcomes.
  private func measureMemory() throws(LedgerError) {
    unmeasured -= batchSize
    guard unmeasured <= 0 else { return }
    unmeasured = Self.measuringInterval
    let pages = try statements.pages()
    counters.setPagesInMemory(pages)
    hasMemory = pages < options.memoryPages
  }

  /// Where the last transaction failed.
  func restartLog() throws(LedgerError) { try space?.restart() }

  /// Whether the file says that a log follows which isn't begun: with the next transaction, or soon.
  var isLogMarkDue: Bool { space?.isMarkDue ?? false }

  /// After the last transaction.
  func endLog() throws(LedgerError) { try space?.end() }

  /// Whether there is surely space for this command and its outcome, too. Within a transaction.
  ///
  /// - Parameter bytes: of the body that is sent.
  func hasSpace(forCommandOf bytes: Int) throws(LedgerError) -> Bool {
    guard let space else { return hasMemory }
    return try space.has(frames + LogEstimate.command(bytes: bytes))
  }

  /// An exchange sends the command from now on. There was space for it.
  ///
  /// - Parameter bytes: of the body that is sent.
  func begin(_ command: consuming StoredCommand, bytes: Int) {
    begun += LogEstimate.command(bytes: bytes)
    inFlight.begin(command, bytes: bytes)
  }

  /// Of the log: for this batch and what waits, and for the outcomes of all that is in flight.
  private var frames: Int {
    LogEstimate.upkeep + LogEstimate.record * (batchSize + min(unwritten.count, Self.unwrittenAtATime))
      + inFlight.frames + begun
  }

  func handle(_ item: LedgerQueue.Item) throws(LedgerError) {
    switch item.request {
    case .admit(let admission): try admit(admission, item.address)
    case .settle(let settlement): try settle(settlement, item.address)
    case .record(let entry):
      try append(entry)
      outbox.append(.recorded, to: item.address)
    case .leave: try leave(item.address)
    case .inspect(let commandID, let team): try inspect(commandID, team: team, item.address)
    case .resolve(let resolution): try resolve(resolution, item.address)
    case .noteToken(let token, let commandID): try noteToken(token, of: commandID, item.address)
    case .nextUnknown: try handOutNext(to: item.address)
    }
  }

  /// Answers what can be answered while nothing can be written.
  func handleReadOnly(_ items: ArraySlice<LedgerQueue.Item>) {
    for item in items {
      if case .settle = item.request {
        held.append(item)
        continue
      }
      do throws(LedgerError) {
        try handle(item)
      } catch {
        outbox.append(.refused(.ledgerUnavailable, []), to: item.address)
      }
    }
    inFlight.commit()
    keyless.commit()
    keylessRefusals.commit()
    outbox.deliver()
  }
}

extension Refusal {
  static let ledgerUnavailable = unavailable(
    .ledgerUnavailable, "the ledger can't be written now, so nothing was sent; try again")
}
