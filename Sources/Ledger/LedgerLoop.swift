internal import EventLoop
internal import Gateway
internal import Logging
internal import Metrics

/// What the ledger's thread does from its first request to its last.
struct LedgerLoop {
  /// While nothing can be written, how long until it is tried again.
  private static let retryInterval: Duration = .milliseconds(100)
  /// At the end, how long outcomes that can't be written are tried.
  private static let closingPatience: Duration = .seconds(5)

  private let bookkeeper: Bookkeeper
  private let queue: LedgerQueue
  private let batchLimit: Int
  private var items: [LedgerQueue.Item] = []
  /// When to try again, where the last transaction failed.
  private var retry: MonotonicTime?
  /// Whether a sink would take more of the table at once.
  private var catchesUp = true

  init(_ bookkeeper: Bookkeeper, _ queue: LedgerQueue, batchLimit: Int) {
    self.bookkeeper = bookkeeper
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
    for started in news.started { bookkeeper.announce(started) }
    for overflow in news.overflows { bookkeeper.keep(AuditRecord(overflow)) }
    for record in bookkeeper.flood.takeDue(now: news.isClosed ? nil : .now) { bookkeeper.keep(record) }
    try retryIfDue()
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
    try feedSinks()
    try countUnknownIfDue()
    return hadItems || !news.isClosed
  }

  private var nextDue: MonotonicTime? {
    if catchesUp { return .now }
    if let retry { return retry }
    if !bookkeeper.unwritten.isEmpty || bookkeeper.isLogMarkDue { return .now }
    return bookkeeper.flood.due.earlier(bookkeeper.sinks.due).earlier(bookkeeper.checkpoints.due)
      .earlier(bookkeeper.pruning.due).earlier(bookkeeper.unknownTally.due)
  }

  private var isUpkeepDue: Bool {
    let now = MonotonicTime.now
    return !bookkeeper.unwritten.isEmpty || bookkeeper.isLogMarkDue || now >= bookkeeper.pruning.due
      || bookkeeper.sinks.due.map { now >= $0 } ?? false || bookkeeper.checkpoints.due.map { now >= $0 } ?? false
  }

  private mutating func run(_ batch: ArraySlice<LedgerQueue.Item>) throws(LedgerError) {
    if retry == nil { try attempt(batch) } else { bookkeeper.handleReadOnly(batch) }
  }

  /// One transaction; where it fails, the same requests again without writing.
  private mutating func attempt(_ batch: ArraySlice<LedgerQueue.Item>) throws(LedgerError) {
    do throws(LedgerError) {
      bookkeeper.batchSize = batch.count
      try bookkeeper.transaction { () throws(LedgerError) in
        for item in batch { try bookkeeper.handle(item) }
      }
      bookkeeper.counters.requests.add(batch.count)
      if !batch.isEmpty { bookkeeper.counters.batches.observe(batch.count) }
    } catch {
      try tolerate(error)
      // At once: perhaps it was only what came with the outcomes that didn't fit.
      retry = .now
      bookkeeper.counters.setWritable(false)
      bookkeeper.handleReadOnly(batch)
    }
  }

  /// After a failure: first of all the outcomes that wait, for which there is space; then, if there is more, what else
  /// waits. Only when all of that is safe, new commands are taken again.
  private mutating func retryIfDue() throws(LedgerError) {
    guard let due = retry, MonotonicTime.now >= due else { return }
    do throws(LedgerError) {
      try bookkeeper.restartLog()
      try writeHeld(alone: true)
      try writeHeld(alone: false)
      bookkeeper.logger.notice("the ledger can be written again")
      retry = nil
      bookkeeper.counters.setWritable(true)
    } catch {
      try tolerate(error)
      retry = .now + Self.retryInterval
    }
  }

  /// - Parameter alone: or with what else waits and a step of pruning, which may make room for them.
  private mutating func writeHeld(alone: Bool) throws(LedgerError) {
    let held = bookkeeper.held
    if alone, held.isEmpty { return }
    bookkeeper.batchSize = held.count
    do throws(LedgerError) {
      try bookkeeper.transaction(outcomesOnly: alone) { () throws(LedgerError) in
        for item in held { try bookkeeper.handle(item) }
      }
      bookkeeper.held.removeAll()
    } catch {
      // One that is larger than what was provided: with the rest.
      guard alone, error.kind == .full else { throw error }
    }
  }

  private mutating func feedSinks() throws(LedgerError) {
    if queue.takeReopening() { bookkeeper.sinks.reopen() }
    do throws(LedgerError) {
      catchesUp = try bookkeeper.sinks.catchUp(bookkeeper.statements, chain: bookkeeper.chain)
    } catch {
      try tolerate(error)
      catchesUp = false
    }
  }

  private func countUnknownIfDue() throws(LedgerError) {
    guard let due = bookkeeper.unknownTally.due, MonotonicTime.now >= due else { return }
    do throws(LedgerError) { try bookkeeper.countUnknown() } catch { try tolerate(error) }
  }

  private func tolerate(_ error: LedgerError) throws(LedgerError) {
    if error.isFatal { throw error }
    // Once for a series of failures.
    if retry == nil {
      bookkeeper.logger.error("the ledger can't be written", metadata: ["reason": "\(error)"])
    }
  }

  /// The queue is closed and empty: what waits is written, the sinks get what they lack.
  private mutating func finish() throws(LedgerError) {
    let patience = MonotonicTime.now + min(Self.closingPatience, queue.sinkPatience ?? .zero)
    while retry != nil, MonotonicTime.now < patience {
      _ = queue.take(into: &items, until: nextDue)
      try retryIfDue()
    }
    if !bookkeeper.held.isEmpty {
      bookkeeper.logger.critical(
        "outcomes could not be written; the next start calls them unknown",
        metadata: ["count": "\(bookkeeper.held.count)"])
    }
    while retry == nil, !bookkeeper.unwritten.isEmpty { try attempt([]) }
    bookkeeper.checkpoints.isClosing = true
    if retry == nil { try attempt([]) }
    let deadline = MonotonicTime.now + (queue.sinkPatience ?? .zero)
    while !bookkeeper.sinks.areDone(bookkeeper.chain), MonotonicTime.now < deadline {
      try feedSinks()
      if !catchesUp { bookkeeper.sinks.waitForSink(bookkeeper.chain, until: deadline) }
    }
    bookkeeper.sinks.end()
    if retry == nil { try attempt([]) }
    if !bookkeeper.unwritten.isEmpty {
      bookkeeper.counters.lostRecords.add(bookkeeper.unwritten.count)
      bookkeeper.logger.critical(
        "audit records could not be written, and are lost", metadata: ["count": "\(bookkeeper.unwritten.count)"])
    }
    try bookkeeper.endLog()
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
