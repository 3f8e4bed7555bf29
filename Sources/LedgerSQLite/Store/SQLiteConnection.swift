internal import CSQLite
internal import Ledger

/// One connection to a database, for one thread at a time: SQLite takes no lock for it. (sqlite.org/threadsafe.html.)
final class SQLiteConnection {
  enum Access {
    case read
    /// Makes the file where there is none.
    case write
  }

  /// How long a statement waits for a lock of another process: a reader may hold one for a moment, when it is the first to
  /// open the log, and so may a writer that recovers it.
  private static let busyMilliseconds: Int32 = 5000

  /// For `PreparedStatement`; nil once it is closed, which SQLite takes for a connection that nothing can be done with.
  private(set) var handle: OpaquePointer?
  private var onCommit: ((_ frames: Int) -> Void)?

  /// - Parameter path: begins with `/` or `./`, is `:memory:`, or is a URI (sqlite.org/uri.html).
  init(_ path: String, _ access: Access) throws(LedgerError) {
    SQLiteLibrary.prepare()
    let flags = access == .write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
    let code = sqlite3_open_v2(
      path, &handle, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    guard code == SQLITE_OK else {
      throw LedgerError(sqlite: code, handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory")
    }
    convene_sqlite_forbid_quoted_texts(handle)
    sqlite3_busy_timeout(handle, Self.busyMilliseconds)
  }

  // Of what `close` has closed there is nothing left.
  deinit { sqlite3_close_v2(handle) }

  /// Closes the file and lets go of its locks. No statement may be left.
  func close() {
    let code = sqlite3_close(handle)
    assert(code == SQLITE_OK, "a statement outlives its connection")
    if code == SQLITE_OK { handle = nil }
  }

  /// Of the call that has just failed.
  var failure: LedgerError {
    LedgerError(sqlite: sqlite3_extended_errcode(handle), String(cString: sqlite3_errmsg(handle)))
  }

  func statement(_ sql: String) throws(LedgerError) -> PreparedStatement { try PreparedStatement(self, sql) }

  /// Runs one statement or several, whatever they return.
  func execute(_ sql: String) throws(LedgerError) {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure }
  }

  /// The first column of a statement's first row.
  func integer(_ sql: String) throws(LedgerError) -> Int64? {
    try statement(sql).first { (row) throws(LedgerError) in row.isNull(0) ? nil : row.integer(0) } ?? nil
  }

  /// The first column of a statement's first row.
  func string(_ sql: String) throws(LedgerError) -> String? {
    try statement(sql).first { (row) throws(LedgerError) in row.isNull(0) ? nil : row.string(0) } ?? nil
  }
}

// MARK: the write-ahead log

extension SQLiteConnection {
  /// How the log is moved into the database (sqlite.org/c3ref/wal_checkpoint_v2.html).
  enum Checkpoint {
    case passive, full, restart, truncate

    fileprivate var mode: Int32 {
      switch self {
      case .passive: SQLITE_CHECKPOINT_PASSIVE
      case .full: SQLITE_CHECKPOINT_FULL
      case .restart: SQLITE_CHECKPOINT_RESTART
      case .truncate: SQLITE_CHECKPOINT_TRUNCATE
      }
    }
  }

  /// - Parameter waits: for a reader in another process.
  /// - Returns: whether all of the log is in the database, and nobody reads the log.
  func checkpoint(_ checkpoint: Checkpoint, waits: Bool) throws(LedgerError) -> Bool {
    if !waits { sqlite3_busy_timeout(handle, 0) }
    defer { sqlite3_busy_timeout(handle, Self.busyMilliseconds) }
    switch sqlite3_wal_checkpoint_v2(handle, nil, checkpoint.mode, nil, nil) {
    case SQLITE_OK: return true
    case SQLITE_BUSY, SQLITE_LOCKED: return false
    default: throw failure
    }
  }

  /// Tells of each commit how many frames the log has then, in place of SQLite's own checkpointing.
  ///
  /// - Parameter body: nil = nobody is told, and there is no checkpointing.
  func onCommit(_ body: ((_ frames: Int) -> Void)?) {
    onCommit = body
    sqlite3_wal_hook(
      handle,
      { connection, _, _, frames in
        guard let connection else { return SQLITE_OK }
        Unmanaged<SQLiteConnection>.fromOpaque(connection).takeUnretainedValue().onCommit?(Int(frames))
        return SQLITE_OK
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Whether an empty log stays when the file is closed (sqlite.org/c3ref/c_fcntl_begin_atomic_write.html,
  /// SQLITE_FCNTL_PERSIST_WAL).
  func keepLog(_ isKept: Bool) {
    var value: Int32 = isKept ? 1 : 0
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &value)
  }
}
