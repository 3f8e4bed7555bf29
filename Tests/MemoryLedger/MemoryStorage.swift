package import Audit
package import Ledger
import Synchronization

/// A ledger's rows in this process, for tests: they outlive each ledger that is opened on them, as a file would.
package final class MemoryStorage: LedgerStorage {
  package let name = "memory"
  package let files: [String] = []
  package let isDurable: Bool
  package let bytes: Int? = 0

  private let rows = Mutex(MemoryRows())
  private let failing = Mutex<LedgerError?>(nil)

  /// - Parameter isDurable: whether it says of itself that it outlives a process.
  package init(isDurable: Bool = true) { self.isDurable = isDurable }

  /// As another one has it now.
  package convenience init(copying other: MemoryStorage) {
    self.init(isDurable: other.isDurable)
    let copy = other.committed
    rows.withLock { $0 = copy }
  }

  package func withStore<Checked>(
    checking check: () throws(LedgerError) -> Checked,
    _ work: (any LedgerStore, Checked) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    try work(MemoryStore(self), check())
  }

  /// From now on every transaction fails with this when it is committed; nil = no more.
  package func fail(with error: LedgerError?) { failing.withLock { $0 = error } }

  var failure: LedgerError? { failing.withLock { $0 } }
  var committed: MemoryRows { rows.withLock { $0 } }
  func commit(_ committed: MemoryRows) { rows.withLock { $0 = committed } }

  // MARK: What a test looks at

  /// The audit's records, without `prev` and `hash`.
  package var records: [[UInt8]] { committed.records.map(\.text) }

  /// As one look at the table sees them.
  package var page: TablePage {
    let rows = committed
    return TablePage(
      rows: rows.records.map {
        TablePage.Row(
          seq: $0.place.seq, record: $0.text, hash: $0.place.hash, time: $0.columns.time, columnsAgree: true)
      }, notes: AuditNotes(anchor: rows.meta[.anchor], checkpoint: rows.meta[.checkpoint], head: rows.meta[.head]))
  }

  package var stored: [StoredRecord] {
    let rows = committed
    var previous = rows.meta[.anchor].flatMap { ChainMark(.anchor, text: $0)?.hash } ?? AuditChain.start.hash
    return rows.records.map { record in
      defer { previous = record.place.hash }
      return StoredRecord(
        seq: record.place.seq, record: record.text, previous: previous, hash: record.place.hash)
    }
  }

  package var floodNotes: Int { committed.floodNotes.count }

  /// In the order of their rows.
  package var commandIDs: [String] {
    let rows = committed
    return rows.numbers.compactMap { rows.commands[$0]?.command.commandID }
  }

  /// - Parameter table: as SQLite's are called.
  package func count(_ table: String) -> Int {
    let rows = committed
    return switch table {
    case "commands": rows.commands.count
    case "outcomes": rows.outcomes.count
    case "audit": rows.records.count
    case "limits": rows.limits.count
    case "sinks": rows.sinks.count
    default: -1
    }
  }
}
