internal import CLinux
internal import Glibc
internal import Ledger

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

  init(_ connection: SQLiteConnection, logFile: Int32) throws(LedgerError) {
    self.connection = connection
    self.logFile = logFile
    write = try connection.statement(
      "INSERT INTO log (id, mark) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET mark = excluded.mark")
    mark = try connection.string("SELECT mark FROM log").flatMap { LogMark(text: $0) }
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
    if state == .split { connection.keepLog(true) }
    write.bind(1, mark.text)
    try write.run()
  }

  func committed() {
    mark = pending ?? mark
    pending = nil
  }

  /// Lets SQLite remove the log when it closes the file, which it does once all is in the file: where that says so, too.
  func settle() { if !isSplit { connection.keepLog(false) } }
}
