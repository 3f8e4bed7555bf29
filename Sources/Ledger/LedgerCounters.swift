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

  private let writable = Atomic<Bool>(true)

  /// Whether the last transaction was committed.
  package var isWritable: Bool { writable.load(ordering: .relaxed) }

  func setWritable(_ isWritable: Bool) { writable.store(isWritable, ordering: .relaxed) }
}
