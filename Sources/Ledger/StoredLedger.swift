// The ledger's threads, and what is in which order
//
// ONE THREAD, the ledger's, owns the store and everything in `LedgerState`. It opens the store and closes it, and nothing
// else can reach it.
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

/// The durable memory of commands, limits and decisions, in a store.
package final class StoredLedger: CommandLedger {
  package let pseudonymKey: [UInt8]
  package let counters: LedgerCounters

  private let queue: LedgerQueue
  private let thread: LedgerThread
  private let clock: LedgerClock
  let storage: any LedgerStorage
  private let sinkTimeout: Duration
  private let isClosed = Atomic<Bool>(false)

  /// Opens the store, makes it where there is none, recovers what an earlier process left, and begins to take requests.
  ///
  /// - Parameters:
  ///   - settings: how long it keeps what.
  ///   - sinks: what the audit is copied to.
  ///   - onFatal: called once, on the ledger's thread, when the device has failed or the store is damaged. Nothing is
  ///     answered after that; the process must end.
  package init(
    in storage: any LedgerStorage, settings: LedgerSettings, sinks: AuditSettings, options: LedgerOptions,
    logger: Logger, onFatal: @escaping @Sendable (LedgerError) -> Void
  ) throws(LedgerError) {
    let queue = LedgerQueue(capacity: options.queueCapacity)
    let counters = LedgerCounters()
    thread = try LedgerThread(
      storage: storage, settings: settings, audit: sinks, options: options, counters: counters, queue: queue,
      logger: logger,
      onFatal: onFatal)
    self.queue = queue
    self.counters = counters
    clock = options.clock
    sinkTimeout = options.sinkTimeout
    pseudonymKey = thread.pseudonymKey
    self.storage = storage
  }

  deinit { close() }

  package func mayStillSend(under lease: UInt64) -> Bool { thread.lease?.covers(lease) ?? true }

  package var unavailability: LedgerUnavailability? { counters.unavailability }

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
    case .admit, .noteToken, .inspect, .nextUnknown, .pass, .sift: answer(.refused(.ledgerUnavailable, []))
    case .record:
      // The queue has counted it, for a record of many; once it is closed, nothing can.
      if isClosed.load(ordering: .sequentiallyConsistent) { counters.lostRecords.add() }
      answer(.recorded)
    case .settle, .leave, .resolve, .close:
      // Only once it is closed. "Settled" would be a lie: the next start will find that command's outcome unknown, and that of
      // a call that was passed on.
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
