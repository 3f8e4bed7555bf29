extension LedgerStorage {
  package var hosts: String? { nil }
}

/// Opens a store, on the thread that uses it.
package protocol LedgerStorage: Sendable {
  /// What messages call it: a file's path, or what else names it.
  var name: String { get }
  /// Where it is reached, for people: hosts and ports; nil where it is on this machine's disk or in memory.
  var hosts: String? { get }
  /// Files that are or may be the store's: no sink may write one of them.
  var files: [String] { get }
  /// Whether anything of it outlives the process.
  var isDurable: Bool { get }
  /// Bytes that it takes up, for the metrics. Asked on any thread. nil = that is for others to tell: a database's server, of which every
  /// replica would tell the same.
  var bytes: Int? { get }

  /// Opens the store, makes it where there is none and brings it to this version, has `work` done with it, and closes it.
  ///
  /// - Parameters:
  ///   - check: looks at what else is needed. The store is this process's by then, and nothing is written yet.
  ///   - work: throws what is fatal; then nothing of the store is written any more.
  func withStore<Checked>(
    checking check: () throws(LedgerError) -> Checked,
    _ work: (any LedgerStore, Checked) throws(LedgerError) -> Void
  ) throws(LedgerError)
}
