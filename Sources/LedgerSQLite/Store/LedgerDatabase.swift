internal import Files
internal import Ledger
internal import Logging

/// The file and the one connection to it, from open to close.
struct LedgerDatabase {
  private let path: String
  private let file: LedgerFile?
  private let logger: Logger
  private let checkpointFrames: Int
  private let connection: SQLiteConnection

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
    checkpointFrames = options.checkpointFrames
    do throws(LedgerError) {
      let path = file.map { SQLiteLibrary.writablePath(of: $0.path) } ?? SQLiteLibrary.memoryPath
      // Where it fails, the connection is closed before the file.
      let connection = try SQLiteConnection(path, .write)
      try Self.prepare(connection, isInMemory: file == nil, options)
      self.connection = connection
    } catch {
      throw LedgerError(error, path: self.path)
    }
  }

  /// Runs `work` with the connection and the room for its log, then closes it and lets go of the file.
  ///
  /// - Parameter check: looks at what else is needed. The ledger is this process's by then, and nothing is written yet.
  consuming func use<Checked>(
    checking check: () throws(LedgerError) -> Checked,
    _ work: (SQLiteConnection, WALReservation?, Checked) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    do throws(LedgerError) {
      try run(check, work)
    } catch {
      let error = LedgerError(error, path: path)
      guard error.isFatal else {
        close()
        throw error
      }
      // Closing would move the log into the file, and neither can be trusted. The kernel closes both with the process.
      _ = Unmanaged.passRetained(connection)
      file?.keepLocked()
      throw error
    }
    close()
  }

  /// When this returns, nothing is left that needs the connection.
  private func run<Checked>(
    _ check: () throws(LedgerError) -> Checked,
    _ work: (SQLiteConnection, WALReservation?, Checked) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    let checked = try check()
    let found = try Schema.version(of: connection, path: path)
    // Before anything else is written, where there is a place for the mark: a log that begins without one isn't known
    // to be the file's.
    var space = found >= Schema.firstWithLogMark ? try makeSpace() : nil
    try Schema.migrate(connection, from: found)
    if space == nil { space = try makeSpace() }
    try work(connection, space, checked)
  }

  private func makeSpace() throws(LedgerError) -> WALReservation? {
    guard let file else { return nil }
    return try WALReservation(connection, file: file, checkpointFrames: checkpointFrames, logger: logger)
  }

  private func close() {
    connection.close()
    file?.release()
  }

  private static func prepare(
    _ connection: SQLiteConnection, isInMemory: Bool, _ options: LedgerOptions
  ) throws(LedgerError) {
    // Until it is known what the file says of its log.
    if !isInMemory { connection.keepLog(true) }
    // Nobody else can open it, so nothing is looked at again before each transaction.
    if isInMemory { try connection.execute("PRAGMA locking_mode = EXCLUSIVE") }
    // Marks a new file while it has no log yet: from then on the mark is in the file's own header, where it is looked
    // for before SQLite opens the file.
    if try connection.integer("PRAGMA application_id") == 0 {
      // There is nothing yet to go back to: a journal beside the file would only be eight syncs.
      try connection.execute("PRAGMA journal_mode = MEMORY")
      // The switch to a log writes this page again, and waits for the disk.
      try connection.execute("PRAGMA synchronous = OFF")
      try connection.execute("PRAGMA application_id = \(Schema.applicationID)")
    }
    // Each commit waits for the disk. (sqlite.org/pragma.html#pragma_synchronous: with NORMAL a power failure may undo
    // transactions that were committed.)
    try connection.execute("PRAGMA synchronous = FULL")
    try connection.execute("PRAGMA journal_mode = \(isInMemory ? "MEMORY" : "WAL")")
    // A log that a burst made long is cut back to 16 MiB when it is begun anew.
    try connection.execute("PRAGMA journal_size_limit = 16777216")
    // Command ids fall anywhere in their index: all but its leaves are at hand, of millions of them. The leaves of so many
    // no cache would hold, and the kernel has them.
    try connection.execute("PRAGMA cache_size = -2560")
    try connection.execute("PRAGMA temp_store = MEMORY")
    try connection.execute("PRAGMA foreign_keys = ON")
    if let maximum = options.maximumPages { try connection.execute("PRAGMA max_page_count = \(maximum)") }
    // Reads the schema, so that a file whose tables can't be read shows it here.
    _ = try connection.integer("SELECT count(*) FROM sqlite_schema")
  }
}
