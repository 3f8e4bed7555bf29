internal import Audit
internal import EventLoop
internal import Gateway
internal import Logging
internal import Metrics

/// What the ledger's thread does from its first request to its last.
struct LedgerLoop {
  /// While nothing can be written, how long until it is tried again.
  private static let retryInterval: Duration = .milliseconds(100)
  /// How often a batch is judged, as long as other replicas are sooner.
  private static let mostJudgements = 5
  /// At the end, how long outcomes that can't be written are tried.
  private static let closingPatience: Duration = .seconds(5)

  private let state: LedgerState
  private let queue: LedgerQueue
  private let batchLimit: Int
  private var items: [LedgerQueue.Item] = []
  /// When to try again, where the last transaction failed.
  private var retry: MonotonicTime?
  /// Why nothing could be written since then, each told once.
  private var reasons: Set<String> = []
  /// Where the store is, as reasons name it.
  private let hosts: String?
  /// Whether a sink would take more of the table at once.
  private var catchesUp = true

  init(_ state: LedgerState, _ queue: LedgerQueue, batchLimit: Int, hosts: String?) {
    self.hosts = hosts
    self.state = state
    self.queue = queue
    self.batchLimit = batchLimit
  }

  /// - Returns: the failure after which nothing can be trusted, or nil when the queue was closed and all is done.
  consuming func run() -> LedgerError? {
    do throws(LedgerError) {
      while try turn() {}
      try finish()
      return nil
    } catch {
      return error
    }
  }

  /// Waits for something to do and does it.
  ///
  /// - Returns: false when the queue is closed and empty.
  private mutating func turn() throws(LedgerError) -> Bool {
    let news = queue.take(into: &items, until: nextDue)
    for started in news.started { state.announce(started) }
    for overflow in news.overflows { state.keep(AuditRecord(overflow)) }
    for record in state.flood.takeDue(now: news.isClosed ? nil : .now) { state.keep(record) }
    try retryIfDue()
    let again = retry == nil ? state.takeEndedElsewhere() : []
    if !again.isEmpty { try run(again[...]) }
    var start = 0
    while start < items.count {
      let batch = items[start..<min(start + batchLimit, items.count)]
      try run(batch)
      queue.finish(batch.count)
      start += batch.count
    }
    let hadItems = !items.isEmpty
    items.removeAll(keepingCapacity: true)
    if !hadItems, retry == nil, isUpkeepDue { try attempt([]) }
    try keepUpIfDue()
    try feedSinks()
    try countUnknownIfDue()
    return hadItems || !news.isClosed
  }

  private var nextDue: MonotonicTime? {
    if catchesUp { return .now }
    if let retry { return retry }
    if !state.unwritten.isEmpty || state.store.wantsTransaction { return .now }
    return state.flood.due.earlier(state.sinks.due).earlier(state.checkpoints.due)
      .earlier(state.pruning.due).earlier(state.unknownTally.due)
      .earlier(state.shared?.keepUpDue).earlier(state.elsewhere.pollDue)
  }

  private var isUpkeepDue: Bool {
    let now = MonotonicTime.now
    return !state.unwritten.isEmpty || state.store.wantsTransaction || now >= state.pruning.due
      || state.sinks.due.map { now >= $0 } ?? false || state.checkpoints.due.map { now >= $0 } ?? false
  }

  private mutating func run(_ batch: ArraySlice<LedgerQueue.Item>) throws(LedgerError) {
    if retry == nil { try attempt(batch) } else { state.handleReadOnly(batch) }
  }

  /// One transaction; where it fails, the same requests again without writing.
  private mutating func attempt(_ batch: ArraySlice<LedgerQueue.Item>) throws(LedgerError) {
    do throws(LedgerError) {
      state.batchSize = batch.count
      try judge(batch)
      state.counters.requests.add(batch.count)
      if !batch.isEmpty { state.counters.batches.observe(batch.count) }
    } catch  where error.kind == .inDoubt {
      try fail(error)
      state.withdraw(batch)
    } catch {
      // At once again: perhaps it was only what came with the outcomes that didn't fit.
      try fail(error)
      state.handleReadOnly(batch)
    }
  }

  /// Judges requests by what is known, and again where another replica was sooner with one of them.
  private func judge(_ batch: ArraySlice<LedgerQueue.Item>) throws(LedgerError) {
    for attempt in 1... {
      do throws(LedgerError) {
        try state.look(for: batch, again: attempt > 1)
        return try state.transaction { () throws(LedgerError) in
          for item in batch { try state.handle(item) }
        }
      } catch  where error.kind == .conflict && attempt < Self.mostJudgements {
        continue
      }
    }
  }

  private mutating func keepUpIfDue() throws(LedgerError) {
    guard retry == nil, let due = state.shared?.keepUpDue, MonotonicTime.now >= due else { return }
    do throws(LedgerError) {
      try state.keepUp()
    } catch {
      try fail(error)
    }
  }

  /// A transaction has failed, and is tried again by and by.
  private mutating func fail(_ error: LedgerError) throws(LedgerError) {
    if error.isFatal { throw error }
    tell(error)
    retry = .now
  }

  /// Says why nothing can be written: of a series of failures each reason once.
  private mutating func tell(_ error: LedgerError) {
    let place = hosts.map { " at \($0)" } ?? ""
    let doubt =
      state.doubt == nil
      ? ""
      : "it isn't known whether the last transaction is committed, as when a synchronous standby doesn't confirm it; "
    let reason = "\(doubt)\(error.reason)\(place)"
    state.counters.setUnwritable(reason)
    guard reasons.insert(reason).inserted else { return }
    var metadata: Logger.Metadata = ["reason": "\(reason)"]
    if error.message != error.reason { metadata["error"] = "\(error)" }
    state.logger.error("the ledger can't be written", metadata: metadata)
  }

  /// After a failure: first of all the outcomes that wait, for which there is space; then, if there is more, what else
  /// waits. Only when all of that is safe, new commands are taken again.
  private mutating func retryIfDue() throws(LedgerError) {
    guard let due = retry, MonotonicTime.now >= due else { return }
    do throws(LedgerError) {
      try state.store.makeRoom()
      try state.endDoubt()
      try writeHeld(alone: true)
      try writeHeld(alone: false)
      state.logger.notice("the ledger can be written again")
      retry = nil
      reasons.removeAll()
      state.counters.setWritable()
    } catch {
      if error.isFatal { throw error }
      tell(error)
      retry = .now + Self.retryInterval
    }
  }

  /// - Parameter alone: or with what else waits and a step of pruning, which may make room for them.
  private mutating func writeHeld(alone: Bool) throws(LedgerError) {
    let held = state.held
    if alone, held.isEmpty { return }
    state.batchSize = held.count
    do throws(LedgerError) {
      // What other replicas have taken over meanwhile is no longer one's own.
      try state.look(for: held[...], again: true)
      try state.transaction(outcomesOnly: alone) { () throws(LedgerError) in
        for item in held { try state.handle(item) }
      }
      state.held.removeAll()
    } catch  where error.kind == .inDoubt {
      // Told when it is known.
      state.held.removeAll()
      state.withdraw([])
      throw error
    } catch {
      // One that is larger than what was provided: with the rest.
      guard alone, error.kind == .full else { throw error }
    }
  }

  private mutating func feedSinks() throws(LedgerError) {
    if queue.takeReopening() { state.sinks.reopen() }
    do throws(LedgerError) {
      catchesUp = try state.sinks.catchUp(state.store, chain: state.chain)
    } catch {
      try tolerate(error)
      catchesUp = false
    }
  }

  private func countUnknownIfDue() throws(LedgerError) {
    guard let due = state.unknownTally.due, MonotonicTime.now >= due else { return }
    do throws(LedgerError) { try state.countUnknown() } catch { try tolerate(error) }
  }

  private func tolerate(_ error: LedgerError) throws(LedgerError) {
    if error.isFatal { throw error }
    // Where nothing can be written, that is known already.
    if retry == nil {
      state.logger.error("the ledger can't be read", metadata: ["reason": "\(error)"])
    }
  }

  /// The queue is closed and empty: what waits is written, the sinks get what they lack.
  private mutating func finish() throws(LedgerError) {
    let patience = MonotonicTime.now + min(Self.closingPatience, queue.sinkPatience ?? .zero)
    while retry != nil, MonotonicTime.now < patience {
      _ = queue.take(into: &items, until: nextDue)
      try retryIfDue()
    }
    if !state.held.isEmpty {
      state.logger.critical(
        "outcomes could not be written; the next start calls them unknown",
        metadata: ["count": "\(state.held.count)"])
    }
    while retry == nil, !state.unwritten.isEmpty { try attempt([]) }
    state.checkpoints.isClosing = true
    if retry == nil { try attempt([]) }
    let deadline = MonotonicTime.now + (queue.sinkPatience ?? .zero)
    while !state.sinks.areDone(state.chain), MonotonicTime.now < deadline {
      try feedSinks()
      if !catchesUp { state.sinks.waitForSink(state.chain, until: deadline) }
    }
    state.sinks.end()
    if retry == nil { try attempt([]) }
    if !state.unwritten.isEmpty {
      state.counters.lostRecords.add(state.unwritten.count)
      state.logger.critical(
        "audit records could not be written, and are lost", metadata: ["count": "\(state.unwritten.count)"])
    }
    try state.store.end()
  }
}

extension AuditRecord {
  /// One record for all requests that found the queue full.
  fileprivate init(_ overflow: LedgerQueue.Overflow) {
    self = AuditRecord(entry: overflow.first, time: overflow.firstTime).ofAnySource
    entry.decision = .refused
    entry.status = overflow.status
    entry.rule = "ledger.queue"
    folded = (overflow.count, overflow.until)
  }
}
