internal import GRDB
internal import GRDBSQLite

/// A connection that can write nothing, for looking at a ledger from another process.
///
/// SQLite's own calls, since GRDB can't open a URI, and `immutable` has no other spelling. (sqlite.org/uri.html.)
final class ReadOnlyConnection {
  private let handle: OpaquePointer

  /// - Parameter isImmutable: nobody changes the file while it is open: it is read without locks, and neither a log nor an
  ///   index of one is looked for or made.
  init(path: String, isImmutable: Bool) throws(LedgerError) {
    let uri = SQLiteLibrary.uri(of: path, "mode=ro\(isImmutable ? "&immutable=1" : "")")
    var handle: OpaquePointer?
    let code = sqlite3_open_v2(uri, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nil)
    guard code == SQLITE_OK, let handle else {
      let message = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(handle)
      throw LedgerError(sqlite: code, message)
    }
    self.handle = handle
    // A writer that recovers its log holds a lock for a moment.
    sqlite3_busy_timeout(handle, 5000)
  }

  deinit { sqlite3_close_v2(handle) }

  func statement(_ sql: String) throws(LedgerError) -> PreparedStatement {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
    guard code == SQLITE_OK, let statement else {
      throw LedgerError(sqlite: sqlite3_extended_errcode(handle), String(cString: sqlite3_errmsg(handle)))
    }
    return PreparedStatement(statement, owner: Finalizer(statement), sql)
  }

  /// The first column of a statement's first row.
  func integer(_ sql: String) throws(LedgerError) -> Int64? {
    try statement(sql).first { (row) throws(LedgerError) in row.isNull(0) ? nil : row.integer(0) } ?? nil
  }

  func meta(_ key: MetaKey) throws(LedgerError) -> [UInt8]? {
    let read = try statement("SELECT value FROM meta WHERE key = ?1")
    read.bind(1, key.rawValue)
    return try read.first { (row) throws(LedgerError) in row.bytes(0) }
  }
}

private final class Finalizer {
  private let statement: OpaquePointer

  init(_ statement: OpaquePointer) { self.statement = statement }

  deinit { sqlite3_finalize(statement) }
}
