internal import CSQLite
internal import Ledger

extension LedgerError {
  /// - Parameter code: SQLite's result code, primary or extended.
  init(sqlite code: Int32, _ message: String) {
    // The low byte of an extended code is the primary one. (sqlite.org/rescode.html.)
    let kind: Kind =
      switch code & 0xFF {
      case SQLITE_FULL: .full
      // The log's index in -shm could not grow. What is in the log without being in the index is written over.
      case _ where code == convene_sqlite_no_space_for_index: .full
      case SQLITE_IOERR: .device
      case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
      default: .failed
      }
    self.init(kind, "SQLite error \(code): \(message)")
  }
}
