internal import CLinux
internal import GRDB
internal import GRDBSQLite
internal import Glibc

/// Writes the marks by which a log is known to be the file's, and to be missing. (`LogMark`.)
///
/// - The transaction after which the log is moved into the file says `split`, so that is what the file has from then on.
/// - The one after it, which begins the log anew, says `whole`. So the file says that, too, where another program has moved
///   all of the log into it and removed it, and so does every copy of the ledger that is made by SQLite.
final class LogMarking {
  private let connection: SQLiteConnection
  private let write: PreparedStatement
  private let logFile: Int32
  /// The newest that is committed.
  private(set) var mark: LogMark?
  private var pending: LogMark?

  init(_ database: Database, _ connection: SQLiteConnection, logFile: Int32) throws {
    self.connection = connection
    self.logFile = logFile
    write = try PreparedStatement(
      database, "INSERT INTO log (id, mark) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET mark = excluded.mark")
    mark = try String.fetchOne(database, sql: "SELECT mark FROM log").flatMap { LogMark(text: $0) }
  }

  var isSplit: Bool { mark?.state == .split }

  /// Whether the next transaction is the first of a log.
  var isLogEmpty: Bool {
    var status = stat()
    return fstat(logFile, &status) == 0 && status.st_size == 0
  }

  /// Before a transaction writes any mark: one that was undone has written none.
  func begin() { pending = nil }

  /// Within a transaction, or as one of its own.
  func write(_ state: LogMark.State) throws(LedgerError) {
    let mark = LogMark(state, WriteAheadLog.salts(of: logFile) ?? mark?.salts ?? .none, after: mark)
    pending = mark
    if state == .split { Self.keepLog(true, connection) }
    write.bind(1, mark.text)
    try write.run()
  }

  func committed() {
    mark = pending ?? mark
    pending = nil
  }

  /// Lets SQLite remove the log when it closes the file, which it does once all is in the file: where that says so, too.
  func settle() { if !isSplit { Self.keepLog(false, connection) } }

  /// Whether an empty log stays when the file is closed (sqlite.org/c3ref/c_fcntl_begin_atomic_write.html,
  /// SQLITE_FCNTL_PERSIST_WAL).
  static func keepLog(_ isKept: Bool, _ connection: SQLiteConnection) {
    var value: Int32 = isKept ? 1 : 0
    sqlite3_file_control(connection, "main", SQLITE_FCNTL_PERSIST_WAL, &value)
  }
}
