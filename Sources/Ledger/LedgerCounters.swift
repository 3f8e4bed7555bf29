internal import EventLoop
package import Gateway
package import Metrics
internal import Synchronization

/// What the ledger counts of itself.
package final class LedgerCounters: Sendable {
  /// Transactions that were committed, each one fsync where the ledger is a file.
  package let commits = Counter()
  /// Requests in them; by `commits`, the mean batch.
  package let requests = Counter()
  /// Transactions that failed and were undone.
  package let failures = Counter()
  /// Audit records that could not be written and for which there was no room to keep them.
  package let lostRecords = Counter()

  /// How long COMMIT took.
  let commitDurations = Histogram(
    .times(microseconds: [
      100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
      5_000_000,
      10_000_000,
    ]))
  /// Requests in a transaction.
  let batches = Histogram(.amounts([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]))

  private let sinks = Mutex<[AuditSink]>([])
  private let newestRecord = Atomic<Int64>(0)
  private let unknownCommands = Atomic<Int64>(0)
  private let livingReplicas = Atomic<Int64>(1)
  private let unavailable = Mutex<LedgerUnavailability?>(nil)

  /// Why the last transaction was not committed; nil where it was.
  package var unavailability: LedgerUnavailability? { unavailable.withLock { $0 } }

  /// It is since the first of several failures that nothing can be written.
  func setUnwritable(_ reason: String) {
    unavailable.withLock { $0 = LedgerUnavailability(reason, since: $0?.since ?? .now) }
  }

  func setWritable() { unavailable.withLock { $0 = nil } }

  // MARK: For the page of metrics

  func setSinks(_ sinks: [AuditSink]) { self.sinks.withLock { $0 = sinks } }

  /// How far each sink is: records behind the newest, by its name.
  var sinkLags: [(sink: AuditSink, records: Int64)] {
    // The sinks first: what is written meanwhile is no lag that a sink has made up for.
    let positions = sinks.withLock { $0 }.map { ($0, $0.position.written) }
    let newest = newestRecord.load(ordering: .relaxed)
    return positions.map { ($0, max(0, newest - $1)) }
  }

  func setNewestRecord(_ seq: Int64) { newestRecord.store(seq, ordering: .relaxed) }

  /// Commands of unknown outcome that the ledger has.
  var unknown: Int64 { unknownCommands.load(ordering: .relaxed) }

  /// Processes that have the ledger and live, as its store said last.
  var replicas: Int64 { livingReplicas.load(ordering: .relaxed) }

  func setReplicas(_ count: Int64) { livingReplicas.store(count, ordering: .relaxed) }

  func setUnknown(_ count: Int64) { unknownCommands.store(count, ordering: .relaxed) }
}
