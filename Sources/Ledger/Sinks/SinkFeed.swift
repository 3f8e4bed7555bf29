internal import Audit
internal import EventLoop
internal import Gateway

/// What each sink has been handed, and what of that is noted in the table. Used by the ledger's thread alone.
///
/// A sink that keeps up gets the lines of each transaction as they are. One that doesn't is *behind*: it gets records
/// from the table, a page at a time, until it has caught up.
struct SinkFeed {
  private struct Feed {
    let sink: AuditSink
    /// The newest record that was handed over.
    var handed: Int64
    /// The position in the table.
    var noted: Int64
  }

  /// Records read from the table at a time, so that requests don't wait for a sink that catches up.
  private static let page: Int64 = 256
  /// Positions are noted no more often: each costs a page of the log. After a crash what a sink got since comes again.
  private static let notingInterval: Duration = .seconds(1)

  private var feeds: [Feed] = []
  private var notingDue = MonotonicTime.now

  /// A sink that this ledger has never fed begins with the oldest record that is kept.
  ///
  /// - Throws: where a sink's file ends in another ledger's record.
  init(_ sinks: [AuditSink], _ store: any LedgerStore) throws(LedgerError) {
    for sink in sinks {
      let table = try store.sinkPosition(sink.name)
      let noted = try Self.position(noted: table, sink.file, store)
      if table == nil, sink.file != nil {
        // Before it writes anything: what it leaves is known to be its own then.
        try store.setSinkPosition(sink.name, to: noted)
      }
      sink.begin(at: noted)
      feeds.append(Feed(sink: sink, handed: noted, noted: noted))
    }
  }

  /// The newest record that a sink has for certain.
  ///
  /// The note in the table lags, so a sink may have more than that: then nothing need come again. It may also have less,
  /// when its file lost what was already on the disk: then that is written again from the table. A file without a record
  /// was begun after a rotation; what came before may be in the one that was renamed, or anywhere.
  private static func position(
    noted: Int64?, _ file: SinkFile?, _ store: any LedgerStore
  ) throws(LedgerError) -> Int64 {
    guard let file else { return noted ?? 0 }
    let evidence = SinkFileEvidence(store, noted: noted)
    try file.check(evidence)
    if case .record(let end, _, _) = file.end { return try evidence.has(end) ? end.seq : noted ?? 0 }
    guard let earlier = file.earlierEnd, earlier.seq > noted ?? 0, try evidence.has(earlier) else { return noted ?? 0 }
    return earlier.seq
  }

  var isEmpty: Bool { feeds.isEmpty }

  /// The newest record that all sinks have for certain; pruning stops there. One that takes nothing any more can't keep
  /// the table from being pruned.
  var delivered: Int64 { feeds.lazy.filter { !$0.sink.isBroken }.map(\.noted).min() ?? .max }

  /// Hands over the lines of a transaction, to the sinks that have all before it.
  ///
  /// - Parameters:
  ///   - before: the newest record before the transaction.
  ///   - chain: after it.
  mutating func hand(_ lines: [UInt8], from before: Int64, through chain: AuditChain) {
    guard !lines.isEmpty else { return }
    for index in feeds.indices where feeds[index].handed == before && feeds[index].sink.hasRoom() {
      feeds[index].sink.take(lines, from: before + 1)
      feeds[index].handed = chain.seq
    }
  }

  /// Answers what sinks ask, and gives those that are behind a page each.
  ///
  /// - Returns: whether one of them would take another one at once.
  mutating func catchUp(_ store: any LedgerStore, chain: AuditChain) throws(LedgerError) -> Bool {
    var wantsMore = false
    for feed in feeds {
      guard let end = feed.sink.question else { continue }
      let evidence = SinkFileEvidence(store, noted: feed.noted)
      feed.sink.answer(try evidence.owner(of: end, beginsAnew: feed.sink.file?.terms.beginsAnew ?? false))
    }
    for index in feeds.indices where feeds[index].handed < chain.seq && feeds[index].sink.hasRoom() {
      let page = try store.lines(after: feeds[index].handed, limit: Self.page)
      guard let records = page.records else { continue }
      feeds[index].sink.take(page.lines, from: records.lowerBound)
      feeds[index].handed = records.upperBound
      if records.upperBound < chain.seq { wantsMore = true }
    }
    return wantsMore
  }

  /// Whether every sink that still takes anything has all of it.
  func areDone(_ chain: AuditChain) -> Bool {
    feeds.allSatisfy { isDone($0, chain) }
  }

  /// Waits until a sink that has not got everything is done with what it was handed.
  func waitForSink(_ chain: AuditChain, until deadline: MonotonicTime) {
    feeds.first { !isDone($0, chain) }?.sink.waitUntilIdle(until: deadline)
  }

  private func isDone(_ feed: Feed, _ chain: AuditChain) -> Bool {
    feed.sink.isBroken || (feed.handed == chain.seq && feed.sink.position.isIdle)
  }

  /// When there is a position to note although nothing else is to be written; nil = never.
  var due: MonotonicTime? {
    feeds.contains { $0.sink.position.written > $0.noted } ? notingDue : nil
  }

  /// Makes all sinks look where they belong.
  func reopen() { for feed in feeds { feed.sink.reopen() } }

  /// Ends the sinks, whether they have everything or not, so that their positions are the last.
  mutating func end() {
    for feed in feeds { feed.sink.end() }
    notingDue = .now
  }

  /// The transaction has failed, and what was noted with it: the next one notes it.
  mutating func rollBack() { notingDue = .now }

  /// Notes how far the sinks are. Within a transaction.
  ///
  /// - Parameter shared: the same store: whoever prunes it goes by what all replicas note, so one without a sink notes that.
  mutating func writePositions(_ store: any LedgerStore, _ shared: (any SharedLedgerStore)?) throws(LedgerError) {
    guard !feeds.isEmpty || shared != nil else { return }
    let now = MonotonicTime.now
    guard now >= notingDue else { return }
    notingDue = now + Self.notingInterval
    for index in feeds.indices {
      let written = feeds[index].sink.position.written
      guard written > feeds[index].noted else { continue }
      try store.setSinkPosition(feeds[index].sink.name, to: written)
      // If the transaction fails, the next position says this much again.
      feeds[index].noted = written
    }
    try shared?.noteDelivered(delivered)
  }
}

extension SinkFileEvidence {
  /// - Parameter noted: nil = the table has no such sink.
  init(_ store: any LedgerStore, noted: Int64?) {
    self.init(
      noted: noted,
      has: { (record) throws(LedgerError) in
        var isThis: Bool?
        try store.forEachRecord(from: record.seq, limit: 1) { (seq, _, hash) throws(LedgerError) in
          if seq == record.seq { isThis = hash == record.hash }
          return false
        }
        if let isThis { return isThis }
        // Older than the oldest record: it can't be compared, but only the sinks' own notes let that be pruned.
        if let oldest = try store.oldestRecord() { return record.seq < oldest }
        // Of a shared ledger's chain all records may be too old.
        let newest = try store.newestRecord()
        return record.seq < newest.seq || (record.seq == newest.seq && record.hash == newest.hash)
      },
      lines: { (seq) throws(LedgerError) in
        let page = try store.lines(after: seq, limit: 256)
        return page.records.map { (page.lines, $0.upperBound) }
      })
  }
}
