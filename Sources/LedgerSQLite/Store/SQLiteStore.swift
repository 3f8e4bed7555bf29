internal import Ledger

/// The ledger's rows in SQLite's tables: a statement for each question.
final class SQLiteStore {
  let statements: LedgerStatements
  /// nil = in memory.
  let reservation: WALReservation?
  let memory: MemoryUse
  var remembersConferences = false

  init(_ connection: SQLiteConnection, _ reservation: WALReservation?, _ memory: MemoryUse) throws(LedgerError) {
    statements = try LedgerStatements(connection)
    self.reservation = reservation
    self.memory = memory
  }
}

extension SQLiteStore: LedgerStore, LimitStore {
  func begin(reserving pages: Int?, begun: Int, requests: Int) throws(LedgerError) {
    if let pages { try reservation?.provide(pages, begun: begun) }
    try statements.begin.run()
    if reservation == nil, memory.isDue(after: requests) { memory.set(pages: try statements.pages()) }
  }

  func commit() throws(LedgerError) {
    try reservation?.mark()
    try statements.commit.run()
    try reservation?.checkPlace()
  }

  /// SQLite may have rolled back by itself, then there is nothing to roll back (sqlite.org/lang_transaction.html, section 3).
  /// What is left open by a failing device ends with the process.
  func rollBack() { try? statements.rollback.run() }

  func tidy(begun: Int) throws(LedgerError) { try reservation?.tidy(begun: begun) }

  func hasRoom(for pages: Int) throws(LedgerError) -> Bool {
    guard let reservation else { return memory.hasRoom }
    return try reservation.has(pages)
  }

  func makeRoom() throws(LedgerError) { try reservation?.restart() }

  /// The file says that a log follows which isn't begun: with the next transaction, or soon.
  var wantsTransaction: Bool { reservation?.isMarkDue ?? false }

  func prepareToServe() throws(LedgerError) { try reservation?.begin() }

  func end() throws(LedgerError) { try reservation?.end() }
}
