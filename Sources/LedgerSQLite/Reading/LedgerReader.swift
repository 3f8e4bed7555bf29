internal import CLinux
internal import Files
internal import Glibc
package import Ledger

/// Looks at a ledger's file from another process, also while a gateway runs with it. Changes nothing, makes nothing, and
/// never makes the gateway wait.
///
/// Each look is a short transaction on a connection of its own, so no snapshot keeps the gateway's log from being begun
/// anew. How the file is opened depends on the log beside it (sqlite.org/wal.html, "Read-Only Databases"):
/// - There is a log with something in it: a gateway runs, or has crashed. The log's index, `-shm`, is shared with it by
///   locks in memory; where it is missing, SQLite makes it, beside the file.
/// - There is none, or it is empty: all is in the one file. An ordinary connection would make both files again, and leave
///   them; so it is opened as immutable, and what was read counts only if the file and its log are the same afterwards.
package struct LedgerReader: Sendable {
  /// Without links: the log beside it has its name from this one.
  package let path: String

  /// - Throws: where there is no file, or it is no ledger that this version knows.
  package init(path: String) throws(LedgerError) {
    let place: FilePlace
    do throws(FilePlaceError) { place = try FilePlace(path) } catch { throw LedgerError(.path, "\(error)") }
    guard let kind = place.kind else { throw LedgerError(.path, "\(path): \(String(cString: strerror(ENOENT)))") }
    guard kind == .regular else { throw LedgerError(.path, "\(path): not a regular file") }
    self.path = place.path
    let (application, version) = try read { (connection) throws(LedgerError) in
      (try connection.integer("PRAGMA application_id"), try connection.integer("PRAGMA user_version"))
    }
    guard application == Int64(Schema.applicationID), version ?? 0 > 0 else {
      throw LedgerError(.notALedger, "\(path): not a ledger")
    }
    guard version ?? 0 <= Int64(Schema.version) else { throw .newer(path: path, version: Int32(version ?? 0)) }
  }

  /// - Parameter body: may run more than once; only what its last run returned counts.
  func read<Result>(
    _ body: (SQLiteConnection) throws(LedgerError) -> Result
  ) throws(LedgerError) -> Result {
    for _ in 1...100 {
      let before = Files(path)
      var outcome: Swift.Result<Result, LedgerError>
      do throws(LedgerError) {
        outcome = .success(try look(isImmutable: !before.hasLog, body))
      } catch {
        outcome = .failure(LedgerError(error, path: path))
      }
      if before.hasLog || Files(path) == before { return try outcome.get() }
    }
    throw LedgerError(.failed, "\(path): it changes all the time")
  }

  private func look<Result>(
    isImmutable: Bool, _ body: (SQLiteConnection) throws(LedgerError) -> Result
  ) throws(LedgerError) -> Result {
    let connection = try SQLiteConnection(reading: path, isImmutable: isImmutable)
    // All that is read in it is of one moment.
    try connection.statement("BEGIN").run()
    defer { try? connection.statement("COMMIT").run() }
    return try body(connection)
  }

  /// What tells that somebody wrote. Looked at by name: to open and close a database's file would drop the locks of a
  /// ledger in this process (sqlite.org/howtocorrupt.html, section 2.2).
  private struct Files: Equatable {
    private let inode: UInt64
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int
    private let logSize: Int

    init(_ path: String) {
      var file = stat()
      _ = stat(path, &file)
      inode = UInt64(file.st_ino)
      size = Int(file.st_size)
      seconds = Int(file.st_mtim.tv_sec)
      nanoseconds = Int(file.st_mtim.tv_nsec)
      var log = stat()
      logSize = stat(path + "-wal", &log) == 0 ? Int(log.st_size) : 0
    }

    var hasLog: Bool { logSize > 0 }
  }
}
