package import EventLoop
package import Ledger

extension LedgerReader {
  /// Of commands without an outcome: how many, and when the first of them was sent; nil where there are none.
  package struct Backlog: Sendable, Equatable {
    package let count: Int64
    package let oldest: WallTime?
  }

  /// Rows among which those are looked for that are being sent: they lie in the order of the first sends, and none is sent for longer
  /// than a minute.
  private static let newest: Int64 = 65_536

  /// What is being sent, or was when the last gateway ended.
  package func sending() throws(LedgerError) -> Backlog {
    try backlog("id > (SELECT coalesce(max(id), 0) FROM commands) - \(Self.newest) AND state = 1")
  }

  /// Commands of which nobody knows whether they were executed.
  package func unknown() throws(LedgerError) -> Backlog { try backlog("state = 3") }

  private func backlog(_ condition: String) throws(LedgerError) -> Backlog {
    try read { (connection) throws(LedgerError) in
      let select = try connection.statement(
        """
        SELECT count(*), min(first_sent) FROM commands WHERE \(condition)
        AND NOT EXISTS (SELECT 1 FROM outcomes WHERE outcomes.id = commands.id)
        """)
      return try select.first { (row) throws(LedgerError) in
        Backlog(count: row.integer(0), oldest: row.isNull(1) ? nil : WallTime(microseconds: row.integer(1)))
      } ?? Backlog(count: 0, oldest: nil)
    }
  }
}

extension LedgerReader {
  /// Whether it was taken over into another ledger, or that was begun; nil where nothing says so.
  package func importNote() throws(LedgerError) -> ImportNote? {
    try read { (connection) throws(LedgerError) in try connection.meta(.imported) }.flatMap { ImportNote(text: $0) }
  }

  /// - Parameter path: as the configuration has it.
  func checkImport(as path: String) throws(LedgerError) {
    guard let note = try read({ (connection) throws(LedgerError) in try connection.meta(.imported) }) else { return }
    throw .imported(ImportNote(text: note), path: path)
  }
}
