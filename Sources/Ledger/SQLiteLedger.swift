// The ledger's threads, and what is in which order
//
// ONE THREAD, the ledger's, owns the only connection to the database and everything in `Bookkeeper`. It opens the
// connection and closes it, and nothing else can reach it. Other processes may read the file (they open it read-only);
// with one connection that writes and checkpoints, SQLite's own races between such connections can't happen.
//
// ANY THREAD may `submit`. That takes a lock, puts the requests at the end of a queue and returns; the ledger's thread is
// woken if it sleeps. A worker submits once a turn of its loop: what a turn brought is one batch, and costs one wake-up.
//
// The ledger's thread takes everything that is queued, runs up to `batchLimit` of it in one transaction, and commits:
// one fsync for all of them. While it waits for the disk, the next batch gathers by itself; so one request alone waits
// for one fsync, and a thousand wait for two.
//
// EACH SINK of the audit has a thread of its own, which is handed lines through a bounded queue. It never touches the
// database and the ledger's thread never waits for it, but in `close`.
//
// What is certain:
// - Requests are decided in the order in which they were queued. Two that one thread submitted stay in that order.
// - Nobody gets an answer before the transaction that holds it is committed, and every batch's answers come before the
//   next batch's. A worker gets all of its answers of one batch in one call.
// - A refusal for want of room comes at once, on the thread that submitted; it may overtake earlier requests' answers.
// - Audit records have the order of the decisions. A sink gets each record after it is committed, in order.
// - Where a transaction fails, none of it has happened. Those who asked to send something are refused; those whose
//   answer is known get it; outcomes wait and are written as soon as something can be. Records wait in memory.
// - Where the device fails or the database is damaged, the thread answers nothing any more: what is on the disk is the
//   only truth, and the next start reads it.

internal import Conference
internal import EventLoop
internal import Files
package import Gateway
package import Logging
internal import Metrics
internal import Synchronization

/// The durable memory of commands, limits and decisions, in one SQLite file (or in memory, for none).
package final class SQLiteLedger: CommandLedger {
  package let pseudonymKey: [UInt8]
  package let counters: LedgerCounters

  private let queue: LedgerQueue
  private let thread: LedgerThread
  private let clock: LedgerClock
  /// On the disk: what it is kept in; none in memory.
  let files: [String]
  private let sinkTimeout: Duration
  private let isClosed = Atomic<Bool>(false)

  /// Opens the file, makes it where there is none, recovers what an earlier process left, and begins to take requests.
  ///
  /// - Parameters:
  ///   - settings: `path` nil = in memory.
  ///   - sinks: what the audit is copied to.
  ///   - onFatal: called once, on the ledger's thread, when the device has failed or the file is damaged. Nothing is
  ///     answered after that; the process must end.
  package init(
    settings: LedgerSettings, sinks: AuditSettings = AuditSettings(), options: LedgerOptions = LedgerOptions(),
    logger: Logger, onFatal: @escaping @Sendable (LedgerError) -> Void
  ) throws(LedgerError) {
    let queue = LedgerQueue(capacity: options.queueCapacity)
    let counters = LedgerCounters()
    thread = try LedgerThread(
      settings: settings, audit: sinks, options: options, counters: counters, queue: queue, logger: logger,
      onFatal: onFatal)
    self.queue = queue
    self.counters = counters
    clock = options.clock
    sinkTimeout = options.sinkTimeout
    pseudonymKey = thread.pseudonymKey
    files = settings.path.map(Self.files) ?? []
  }

  /// Looks whether a ledger could be opened here, without making or locking anything.
  ///
  /// - Returns: what is unwise about where it lies; nil where all is well.
  /// - Throws: what would keep it from being opened, but for another process that has it open now.
  package static func check(_ settings: LedgerSettings) throws(LedgerError) -> String? {
    guard let path = settings.path else { return nil }
    let place = try LedgerFile.place(of: path)
    let advice = try LedgerDirectory(of: place.path).check()
    try LedgerFile.check(place, as: path)
    return advice
  }

  /// Why a sink's file may not be written, which would keep the ledger from being opened; nil where all is well, as far as it
  /// can be told without changing anything.
  ///
  /// - Parameter others: files that are needed otherwise, as in `LedgerOptions`.
  package static func refusal(
    of sink: AuditSettings.Sink, ledger: LedgerSettings, others: [String] = []
  ) -> String? {
    var audit = AuditSettings()
    audit.sinks = [sink]
    do throws(LedgerError) {
      for case let file? in try SinkFile.all(audit, ledger: ledger.path, others: others) {
        guard let evidence = evidence(of: "file:\(file.path)", ledger.path) else { continue }
        try file.check(evidence)
      }
      return nil
    } catch {
      return error.message
    }
  }

  /// What a ledger knows of a sink; nil where that can't be looked up here.
  private static func evidence(of sink: String, _ path: String?) -> SinkFileEvidence? {
    guard let path, Inode(path) != nil else {
      // One that isn't there yet, or is in memory, knows nothing.
      return SinkFileEvidence(noted: nil, has: { _ in false }, lines: { _ in nil })
    }
    guard let reader = try? LedgerReader(path: path) else { return nil }
    return try? reader.evidence(of: sink)
  }

  /// All files that are or may be a ledger's; none where its directory is missing.
  package static func files(of ledger: String) -> [String] { (try? LedgerFile.all(of: ledger)) ?? [] }

  deinit { close() }

  package var isWritable: Bool { counters.isWritable }

  package func submit(_ requests: [AddressedLedgerRequest], to recipient: any LedgerAnswerReceiving) {
    let items = requests.map { addressed in
      LedgerQueue.Item(
        request: addressed.request, address: AnswerAddress(exchange: addressed.exchange, recipient: recipient))
    }
    for item in queue.submit(items, at: clock.wall()) { turnAway(item) }
  }

  /// Makes the audit's sinks look whether their files are still where they belong: who rotates files has moved them away.
  /// Doesn't wait.
  package func reopenSinks() { queue.reopenSinks() }

  /// Puts on the record under what this process serves, before anything that is submitted later.
  package func announce(_ started: StartedConfiguration) { queue.announce(started) }

  private func turnAway(_ item: LedgerQueue.Item) {
    func answer(_ answer: LedgerAnswer) {
      item.address.recipient.receive([AddressedLedgerAnswer(exchange: item.address.exchange, answer: answer)])
    }
    switch item.request {
    case .admit, .noteToken, .inspect, .nextUnknown: answer(.refused(.ledgerUnavailable, []))
    case .record:
      // The queue has counted it, for a record of many; once it is closed, nothing can.
      if isClosed.load(ordering: .sequentiallyConsistent) { counters.lostRecords.add() }
      answer(.recorded)
    case .settle, .leave, .resolve:
      // Only once it is closed. "Settled" would be a lie: the next start will find that command's outcome unknown.
      break
    }
  }

  /// Decides and commits what is queued, hands the sinks what they don't have yet, and closes the file. Whoever sends
  /// requests must have stopped. Waits; a second call does nothing.
  ///
  /// - Parameter sinkPatience: how long sinks have, at most, that don't take what is left; nil = as the options say.
  package func close(sinkPatience: Duration? = nil) {
    guard !isClosed.exchange(true, ordering: .sequentiallyConsistent) else { return }
    queue.close(sinkPatience: min(sinkPatience ?? sinkTimeout, sinkTimeout))
    thread.join()
  }
}
