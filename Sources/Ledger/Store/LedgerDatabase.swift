internal import Files
internal import GRDB
internal import Logging

/// The file and the one connection to it, from open to close.
struct LedgerDatabase {
  static let busyMilliseconds: Int32 = 5000

  private let path: String
  private let file: LedgerFile?
  private let logger: Logger
  private let queue: DatabaseQueue

  /// Locks the file, makes it where there is none, and brings it to this version.
  ///
  /// - Parameter path: nil = in memory.
  init(path: String?, _ options: LedgerOptions, logger: Logger) throws(LedgerError) {
    self.path = path ?? ":memory:"
    var file: LedgerFile?
    if let path {
      let place = try LedgerFile.place(of: path)
      if let advice = try LedgerDirectory(of: place.path).check() { logger.warning("\(advice)") }
      file = try LedgerFile(path: path)
    }
    self.file = file
    self.logger = logger
    var configuration = Configuration()
    configuration.label = "ledger"
    // A reader in another process may hold a lock for a moment, when it is the first to open the log.
    configuration.busyMode = .timeout(Double(Self.busyMilliseconds) / 1000)
    configuration.prepareDatabase { database in try Self.prepare(database, isInMemory: path == nil, options) }
    do {
      SQLiteLibrary.prepare()
      queue = try DatabaseQueue(
        path: file.map { SQLiteLibrary.writablePath(of: $0.path) } ?? SQLiteLibrary.memoryPath,
        configuration: configuration)
    } catch {
      throw LedgerError(error, path: self.path)
    }
  }

  /// Runs `work` with the connection and the room for its log, then closes it and lets go of the file.
  ///
  /// - Parameter check: looks at what else is needed. The ledger is this process's by then, and nothing is written yet.
  consuming func use<Checked>(
    checking check: () throws -> Checked, _ work: (Database, LogSpace?, Checked) throws -> Void
  ) throws(LedgerError) {
    do {
      try queue.inDatabase { database in
        let checked = try check()
        let found = try Schema.version(of: database, path: path)
        // Before anything else is written, where there is a place for the mark: a log that begins without one isn't known
        // to be the file's.
        var space = found >= Schema.firstWithLogMark ? try makeSpace(database) : nil
        try Schema.migrate(database, from: found)
        if space == nil { space = try makeSpace(database) }
        try work(database, space, checked)
      }
    } catch {
      let error = LedgerError(error, path: path)
      guard error.isFatal else {
        close()
        throw error
      }
      // Closing would move the log into the file, and neither can be trusted. The kernel closes both with the process.
      _ = Unmanaged.passRetained(queue)
      file?.keepLocked()
      throw error
    }
    close()
  }

  private func makeSpace(_ database: Database) throws -> LogSpace? {
    try file.map { try LogSpace(database, file: $0, logger: logger) }
  }

  private func close() {
    try? queue.close()
    file?.release()
  }

  private static func prepare(_ database: Database, isInMemory: Bool, _ options: LedgerOptions) throws {
    // Until it is known what the file says of its log.
    if !isInMemory, let connection = database.sqliteConnection { LogMarking.keepLog(true, connection) }
    // Nobody else can open it, so nothing is looked at again before each transaction.
    if isInMemory { try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
    // Marks a new file while it has no log yet: from then on the mark is in the file's own header, where it is looked
    // for before SQLite opens the file.
    if try Int32.fetchOne(database, sql: "PRAGMA application_id") == 0 {
      try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
    }
    try database.execute(sql: "PRAGMA journal_mode = \(isInMemory ? "MEMORY" : "WAL")")
    // Each commit waits for the disk. (sqlite.org/pragma.html#pragma_synchronous: with NORMAL a power failure may undo
    // transactions that were committed.)
    try database.execute(sql: "PRAGMA synchronous = FULL")
    // A log that a burst made long is cut back to 16 MiB when it is begun anew.
    try database.execute(sql: "PRAGMA journal_size_limit = 16777216")
    // Command ids fall anywhere in their index: all but its leaves are at hand, of millions of them. The leaves of so many
    // no cache would hold, and the kernel has them.
    try database.execute(sql: "PRAGMA cache_size = -2560")
    try database.execute(sql: "PRAGMA temp_store = MEMORY")
    if let maximum = options.maximumPages { try database.execute(sql: "PRAGMA max_page_count = \(maximum)") }
  }
}
