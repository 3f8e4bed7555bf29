package import Audit
internal import EventLoop
package import Gateway

/// What a ledger can be told beside its settings. The defaults are right for production.
package struct LedgerOptions: Sendable {
  /// For the records that the ledger writes with no request at hand.
  package var organization = ""
  package var configuration = ""
  /// nil = no checkpoints are signed.
  package var checkpoint: CheckpointSigning?
  /// Requests that may wait for the ledger's thread. Outcomes are taken beyond that: there are never more of them than
  /// there are commands in flight.
  package var queueCapacity = 16_384
  /// Requests in one transaction.
  package var batchLimit = 512
  /// Refusals or replays of one kind from one source that get a record of their own in a second.
  package var floodAllowance = 50
  /// The time within which equal creates without a key are joined, the longest that a caller has; nil = none are.
  package var longestKeylessJoin: Duration?
  /// How what changed nothing at Telnyx is put on the record.
  package var reads = AuditSettings.Reads.counted
  /// How long nothing is looked for that is too old, once all of it was found.
  package var pruningPause: Duration = .seconds(10)
  /// Bytes of lines that may wait for one sink. What doesn't fit is read from the table again.
  package var sinkCapacity = 4 << 20
  /// How long `close` waits for sinks that don't take what is left.
  package var sinkTimeout: Duration = .seconds(5)
  /// Files beside the ledger's own that no sink may write, rename or remove.
  package var otherFiles: [String] = []
  /// The descriptor that the sink `stdout` writes to.
  package var standardOutput: Int32 = 1
  package var clock = LedgerClock.system
  /// Frames of a page each after which the log is moved into the database. 12 MB, so that its index (-shm) is one piece; SQLite
  /// by itself would after 1,000, and the pages that each command changes are moved the more often.
  package var checkpointFrames = 3000
  /// The size at which SQLite says that the disk is full, in pages of 4 KiB; nil = the disk decides.
  package var maximumPages: Int?
  /// The size, in the same pages, from which on a ledger in memory takes no new command; nil = the store decides, and keeps
  /// room for the outcomes of those that were taken.
  package var memoryPages: Int64?

  package init() {}
}
