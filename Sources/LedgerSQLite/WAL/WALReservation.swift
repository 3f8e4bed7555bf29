internal import CLinux
internal import Files
internal import Glibc
internal import Ledger
internal import Logging

/// The room on the disk for what must be written later.
///
/// A commit in WAL mode needs the disk for the log alone: nothing else has to grow for it to be durable
/// (sqlite.org/wal.html, section 2). So the log's blocks are allocated ahead of its end, and a full disk can't take them
/// away again. The log itself keeps its size, SQLite sees nothing of it. For each page that the log may take, the
/// database file gets room for one too, so that the log can always be moved there and begun anew.
final class WALReservation {
  /// Bytes of the log that are allocated at a time, where the disk has them.
  private static let chunk = 1 << 20
  /// sqlite.org/fileformat2.html, "The Write-Ahead Log": a header, then frames of a header and a page each.
  private static let header = 32
  private static let frame = 24 + page
  private static let page = 4096

  private let connection: SQLiteConnection
  private let pageCount: PreparedStatement
  private let path: String
  private let logger: Logger
  private let file: LedgerFile
  private let logFile: Int32
  private let logInode: Inode?
  private let marks: LogMarking
  /// Of the log, from which on it is moved into the database.
  private let checkpointFrames: Int
  /// In the log after the last commit.
  private var frames = 0
  /// Bytes of the log, from its beginning, whose blocks are there, and a page in the database for each. 0 where that
  /// has to be looked at again.
  private var allocated = 0
  private var isPossible = true
  /// The next commit is the first of a log that begins anew.
  private var isBegunAnew = false
  /// The log was begun anew without the file's knowing that one follows.
  private var isUnmarked = false

  /// Takes the place of SQLite's own checkpointing on this connection, and marks the log as the file's: nothing may be
  /// committed before.
  ///
  /// - Parameter file: the database's. SQLite has its log open already.
  init(
    _ connection: SQLiteConnection, file: LedgerFile, checkpointFrames: Int, logger: Logger
  ) throws(LedgerError) {
    self.connection = connection
    self.checkpointFrames = checkpointFrames
    path = file.path
    self.file = file
    self.logger = logger
    pageCount = try connection.statement("PRAGMA page_count")
    logFile = convene_open("\(path)-wal", O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0)
    guard logFile >= 0 else { throw LedgerError(.failed, "\(path)-wal: \(String(cString: strerror(errno)))") }
    var status = stat()
    guard fstat(logFile, &status) == 0 else {
      throw LedgerError(.failed, "\(path)-wal: \(String(cString: strerror(errno)))")
    }
    logInode = Inode(of: logFile)
    marks = try LogMarking(connection, logFile: logFile)
    // What an earlier process left there, at most.
    frames = Int(status.st_size) / Self.frame
    connection.onCommit { [unowned self] frames in committed(frames) }
    if WriteAheadLog(of: logFile)?.hasTransaction != true { try marks.write(.whole) }
    marks.settle()
  }

  deinit {
    connection.onCommit(nil)
    // SQLite holds its locks on the database and on -shm, none on the log: closing a descriptor of it drops nothing.
    if logFile >= 0 { close(logFile) }
  }

  /// Makes sure that what was just committed is where the next start looks for it. To be called after each commit, before
  /// anybody is told of it.
  func checkPlace() throws(LedgerError) {
    try file.checkPlace()
    guard Inode("\(path)-wal") == logInode else { throw .replaced(path: "\(path)-wal") }
  }

  /// Sees that the file knows of its log from now on. To be called before the first command.
  func begin() throws(LedgerError) {
    try marks.write(.split)
    if try !checkpoint(.full, waits: true) {
      logger.warning(
        "the ledger's file can't be told yet that it has a log, since another process reads it, or for want of space",
        metadata: ["path": "\(path)"])
    }
    // At once, though the next transaction would say it, too: until then, who looks at the file of a process that was killed with a
    // program that writes leaves one that is refused.
    try marks.write(.whole)
    marks.settle()
  }

  /// Whether the next transaction is to say that the log has begun, which an idle ledger makes one for.
  var isMarkDue: Bool { marks.isSplit }

  /// Within each transaction, at its end.
  func mark() throws(LedgerError) {
    marks.begin()
    if isBegunAnew || marks.isSplit || marks.isLogEmpty {
      try marks.write(.whole)
    } else if isUnmarked || frames >= checkpointFrames {
      try marks.write(.split)
    }
  }

  /// Makes sure that so many frames can be written. To be called between transactions.
  ///
  /// - Parameter begun: how many of them are for what was begun, and have room already.
  /// - Throws: `full`. Then what was begun has its room still.
  func provide(_ count: Int, begun: Int) throws(LedgerError) {
    if try has(count) { return }
    // What was moved into the database is no more needed of the log, whose blocks stay.
    if try beginAnew() {
      if try allocate(count, generously: false) { return }
      // Perhaps it is the log itself that takes the database's room. Without it for a moment, so not again and again.
      if isLogLong(for: count), try checkpoint(.truncate) {
        if try allocate(count, generously: false) { return }
        _ = try allocate(begun, generously: false)
        allocated = 0
      }
    }
    throw LedgerError(.full, "no space for \(count) pages of the log, in which outcomes would be written")
  }

  /// Moves the log into the database when it has become long, and sees that what was begun has its room after that. To be
  /// called after each commit.
  ///
  /// - Throws: what is fatal. That there is no space, or that somebody reads, is not: the log stays longer.
  func tidy(begun: Int) throws(LedgerError) {
    marks.settle()
    if marks.isSplit { _ = try checkpoint(.passive) }
    if allocated == 0 { _ = try has(begun) }
  }

  /// Lets the log begin anew where it can: perhaps it is its length that a transaction failed of. Its index, in -shm,
  /// grows with it, and nothing sets space aside for that.
  func restart() throws(LedgerError) { _ = try beginAnew() }

  /// - Returns: whether the next commit is the first of the log.
  private func beginAnew() throws(LedgerError) -> Bool {
    if !marks.isSplit { try markAlone(.split) }
    guard try checkpoint(.restart) else { return false }
    frames = 0
    isBegunAnew = true
    return true
  }

  /// Where there is space for it, between transactions.
  private func markAlone(_ state: LogMark.State) throws(LedgerError) {
    do throws(LedgerError) { try marks.write(state) } catch { if error.isFatal { throw error } }
    marks.begin()
  }

  /// Moves all of the log into the database, at the end: that leaves one file, so that a copy of it is a copy of the
  /// ledger. Where there is no space, or somebody reads for longer than a moment, the log stays and the next start has it.
  ///
  /// - Throws: what is fatal. SQLite would try again when it closes the file, and delete the log if the second sync says
  ///   yes; but after a failed one the kernel may have dropped what it could not write, and then only the log has it.
  func end() throws(LedgerError) {
    if marks.isSplit { try markAlone(.whole) }
    marks.settle()
    _ = try checkpoint(.truncate, waits: true)
  }

  /// Whether so many frames can surely be written. May be asked within a transaction; its own frames count, too.
  func has(_ count: Int) throws(LedgerError) -> Bool {
    if bytes(count) <= allocated { return true }
    if try allocate(count, generously: true) { return true }
    return try allocate(count, generously: false)
  }

  private func bytes(_ count: Int) -> Int { Self.header + (frames + count) * Self.frame }

  private func committed(_ frames: Int) {
    let wasSplit = marks.isSplit
    marks.committed()
    // It was begun anew, and perhaps cut to `journal_size_limit`.
    if frames < self.frames || isBegunAnew {
      allocated = 0
      isUnmarked = !wasSplit
    }
    if marks.isSplit { isUnmarked = false }
    isBegunAnew = false
    self.frames = frames
  }

  /// Asked first, since a file system may keep what it gave of an allocation that failed.
  private func hasSpace(_ length: Int, for file: Int32) -> Bool {
    var (status, fileSystem) = (stat(), statvfs())
    guard fstat(file, &status) == 0, fstatvfs(file, &fileSystem) == 0 else { return true }
    return length - Int(status.st_blocks) * 512 <= Int(fileSystem.f_bavail) * Int(fileSystem.f_frsize)
  }

  private func isLogLong(for count: Int) -> Bool {
    var status = stat()
    return fstat(logFile, &status) == 0 && Int(status.st_blocks) * 512 > 2 * bytes(count)
  }

  private func allocate(_ count: Int, generously: Bool) throws(LedgerError) -> Bool {
    let length = generously ? (bytes(count) / Self.chunk + 1) * Self.chunk : bytes(count)
    let pages = try pageCount.first { (row) throws(LedgerError) in Int(row.integer(0)) } ?? 0
    let database = (pages + length / Self.frame - frames) * Self.page
    guard allocate(length, of: logFile), allocate(database, of: file.descriptor) else { return false }
    allocated = length
    return true
  }

  /// - Returns: false when there is no space.
  private func allocate(_ length: Int, of file: Int32) -> Bool {
    guard isPossible else { return true }
    guard hasSpace(length, for: file) else { return false }
    var result: Int32
    repeat { result = convene_allocate(file, length) } while result != 0 && convene_errno() == EINTR
    guard result != 0 else { return true }
    guard convene_errno() == EOPNOTSUPP else { return false }
    isPossible = false
    logger.warning(
      "the ledger's file system can't keep space for outcomes; on a full disk they wait in memory",
      metadata: ["path": "\(path)"])
    return true
  }

  /// - Parameter waits: for a reader in another process.
  /// - Returns: whether all of the log is in the database, and nobody reads the log.
  private func checkpoint(
    _ checkpoint: SQLiteConnection.Checkpoint, waits: Bool = false
  ) throws(LedgerError) -> Bool {
    // SQLite cuts the database file to what is in use, and that gives back what was allocated.
    allocated = 0
    do throws(LedgerError) {
      return try connection.checkpoint(checkpoint, waits: waits)
    } catch {
      if error.isFatal { throw error }
      return false
    }
  }
}
