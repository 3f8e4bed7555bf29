internal import Audit
internal import Conference
internal import EventLoop
internal import Gateway
internal import Logging
internal import Metrics

/// Everything that the ledger's thread owns: the store, and what is kept in memory beside its rows.
///
/// Lives on that one thread from its first line to its last. What each request does stands in the extensions; this is
/// the state they share, and the transaction around them. The order within one transaction: pruning, which may make room
/// for the rest; what an earlier one could not write; the requests in the order of their coming; limits and sinks'
/// positions; COMMIT. Then the answers.
final class LedgerState {
  let store: any LedgerStore
  /// The same, where other replicas write it, too.
  let shared: (any SharedLedgerStore)?
  let settings: LedgerSettings
  let options: LedgerOptions
  let counters: LedgerCounters
  let logger: Logger
  /// Which start of the machine this is.
  let boot: Int64

  var chain: AuditChain
  var rows: CommandRows
  /// nil = the store counts them, for all replicas.
  var limits: LimitBook?
  /// By which `limits` are counted.
  private(set) var limitClock: LimitClock
  var inFlight = InFlightCommands()
  var elsewhere = ElsewhereWaiters()
  /// What the next list of all chains' ends is to name.
  var headNews = HeadNews()
  var keyless: KeylessCommands
  var keylessRefusals = KeylessRefusals()
  var flood: FloodFold
  var outbox = AnswerOutbox()
  var pruning = Pruning()
  var lookUps = LookUpHistory()
  var sinks: SinkFeed
  var checkpoints: Checkpointing
  var unknownTally = UnknownTally()
  var conferences = ConferenceMemory()

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
  /// The transaction of which nobody knows whether it is committed.
  var doubt: Doubt?
  /// What is to be taken back when that is known.
  var withdrawn: [WithdrawnCommand] = []
  /// Requests in this transaction.
  var batchSize = 0
  /// Pages of the log for what this transaction has begun.
  private var begun = 0
  let pseudonyms: Pseudonyms
  /// For the records' times.
  var times = TimeText()
  /// The lines of this transaction's records, for the sinks.
  var lines: [UInt8] = []

  init(
    _ store: any LedgerStore, settings: LedgerSettings, options: LedgerOptions, counters: LedgerCounters,
    sinks: [AuditSink], logger: Logger
  ) throws(LedgerError) {
    self.store = store
    shared = store as? any SharedLedgerStore
    self.settings = settings
    self.options = options
    self.counters = counters
    self.logger = logger
    flood = FloodFold(allowed: options.floodAllowance)
    keyless = KeylessCommands(join: options.longestKeylessJoin)
    let notes = try store.auditNotes()
    chain = try Self.resumedChain(store, notes, logger)
    try Self.adoptAnchor(store, notes, options.checkpoint, logger)
    checkpoints = Checkpointing(options.checkpoint, notes, newest: chain.seq)
    rows = CommandRows(last: try store.lastRow())
    let limitStore = store as? any LimitStore
    limits = limitStore.map(LimitBook.init)
    let key: [UInt8]
    (key, boot, limitClock) = try Self.begin(store, limitStore, options.clock)
    pseudonyms = Pseudonyms(key: key)
    self.sinks = try SinkFeed(sinks, store)
    counters.setNewestRecord(chain.seq)
    try recallFlood()
    if let shared, chain.seq == 0 {
      keep(AuditRecord(shared.opening, organization: options.organization, time: now.wall))
    }
  }

  var now: DualClockInstant {
    if let now = shared?.now { return now }
    return DualClockInstant(wall: options.clock.wall(), boot: boot, sinceBoot: options.clock.sinceBoot())
  }

  /// What each start writes, in one transaction.
  private static func begin(
    _ store: any LedgerStore, _ limits: (any LimitStore)?, _ clock: LedgerClock
  ) throws(LedgerError) -> (pseudonymKey: [UInt8], boot: Int64, LimitClock) {
    try store.begin(reserving: nil, begun: 0, requests: 0)
    do throws(LedgerError) {
      let key = try store.pseudonymKey()
      let boot = try store.countBoot(clock.bootID)
      let limitClock = try LimitClock(
        store, limits, at: DualClockInstant(wall: clock.wall(), boot: boot, sinceBoot: clock.sinceBoot()))
      try store.commit()
      return (key, boot, limitClock)
    } catch {
      store.rollBack()
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
      try store.begin(
        reserving: outcomesOnly ? nil : pages + WALEstimate.margin, begun: inFlight.pages + WALEstimate.upkeep,
        requests: batchSize)
      isWriting = true
      writesOutcomesOnly = outcomesOnly
      if !outcomesOnly {
        try prune()
        for record in unwritten[..<written] { try write(record) }
        try remember()
      }
      try work()
      if !outcomesOnly {
        try noteInFlight()
        try noteFlood()
        if let note = limitClock.takeNote(at: now) { try store.setMeta(.limitClock, note) }
      }
      try vouch()
      try limits?.write()
      try sinks.writePositions(store, shared)
      let began = MonotonicTime.now
      try store.commit()
      counters.commitDurations.observe(Int((MonotonicTime.now - began).nanoseconds))
      isWriting = false
    } catch  where error.kind == .inDoubt {
      // It may be committed. So it counts as if it were, but nobody is told before that is known.
      isWriting = false
      doubt = Doubt(before: before.chain.seq, written: written)
      throw error
    } catch {
      isWriting = false
      store.rollBack()
      (chain, flood, checkpoints) = (before.chain, before.flood, before.checkpoints)
      (rows, pruning, limitClock) = (before.rows, before.pruning, before.limitClock)
      unwritten.removeLast(unwritten.count - waiting)
      inFlight.rollBack()
      elsewhere.rollBack()
      keyless.rollBack()
      keylessRefusals.rollBack()
      limits?.rollBack()
      conferences.rollBack()
      sinks.rollBack()
      // Perhaps there is something to delete, and then there is room.
      pruning.due = .now
      outbox.discard()
      lines.removeAll(keepingCapacity: true)
      counters.failures.add()
      throw error
    }
    committed(before: before.chain.seq, written: written)
    try store.tidy(begun: inFlight.pages + WALEstimate.upkeep)
  }

  /// - Parameters:
  ///   - before: the newest record before the transaction.
  ///   - written: of the records that waited.
  func committed(before: Int64, written: Int) {
    conferences.commit()
    unwritten.removeFirst(written)
    settleMemory()
    counters.commits.add()
    counters.setNewestRecord(chain.seq)
    deliver()
    sinks.hand(lines, from: before, through: chain)
    lines.removeAll(keepingCapacity: true)
  }

  /// This thread alone renews the lease: what it was when a batch was written it is until its answers are delivered.
  func deliver() { outbox.deliver(under: shared?.lease.number ?? 0) }

  /// What has changed in memory stays.
  func settleMemory() {
    inFlight.commit()
    elsewhere.commit()
    keyless.commit()
    keylessRefusals.commit()
  }

  /// Whether there is surely space for this command and its outcome, too. Within a transaction.
  ///
  /// - Parameter bytes: of the body that is sent.
  func hasSpace(forCommandOf bytes: Int) throws(LedgerError) -> Bool {
    try store.hasRoom(for: pages + WALEstimate.command(bytes: bytes, namesOwner: conferences.isOn))
  }

  /// An exchange sends the command from now on. There was space for it.
  ///
  /// - Parameter bytes: of the body that is sent.
  func begin(_ command: consuming StoredCommand, bytes: Int) {
    begun += WALEstimate.command(bytes: bytes, namesOwner: conferences.isOn)
    inFlight.begin(command, pages: WALEstimate.outcome(bytes: bytes, namesOwner: conferences.isOn))
  }

  /// Pages of the log: for this batch and what waits, and for the outcomes of all that is in flight.
  private var pages: Int {
    WALEstimate.upkeep + WALEstimate.record * (batchSize + min(unwritten.count, Self.unwrittenAtATime))
      + inFlight.pages + begun
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
    case .pass(let admission): try pass(admission, item.address)
    case .close(let entry, let note): try close(entry, note: note, item.address)
    case .sift(let question): try sift(question, item.address)
    }
  }

  /// Answers what can be answered while nothing can be written.
  func handleReadOnly(_ items: ArraySlice<LedgerQueue.Item>) {
    // Who can't write may be long behind what was read for a batch.
    shared?.forgetRead()
    for item in items {
      if case .settle = item.request {
        held.append(item)
        continue
      }
      if doubt != nil, refuseInDoubt(item) { continue }
      do throws(LedgerError) {
        try handle(item)
      } catch {
        // Not even what is known can be read.
        outbox.append(.refused(.ledgerUnavailable, []), to: item.address)
        switch item.request {
        case .admit(let admission): noteUnavailable(admission.audit)
        case .pass(let call): noteUnavailable(call.audit)
        default: break
        }
      }
    }
    settleMemory()
    deliver()
  }
}

extension LedgerState {
  /// Puts on the record that a caller was told no, as the ledger can't be written. Where nothing is written nothing fails: it waits.
  func noteUnavailable(_ audit: AuditedRequest) { try? append(audit.entry, .refused, .ledgerUnavailable) }
}

extension Refusal {
  static let ledgerUnavailable = unavailable(
    .ledgerUnavailable, "the ledger can't be written now, so nothing was sent; try again")
}
