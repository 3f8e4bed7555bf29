internal import GRDB

/// How the one connection is set up.
enum LedgerDatabase {
  /// Opens the file, which exists (it may be empty), and brings it to this version.
  static func open(path: String?, _ options: LedgerOptions) throws(LedgerError) -> DatabaseQueue {
    var configuration = Configuration()
    configuration.label = "ledger"
    // A reader in another process may hold a lock for a moment, when it is the first to open the log.
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { database in try prepare(database, options) }
    do {
      let queue =
        try path.map { try DatabaseQueue(path: $0, configuration: configuration) }
        ?? DatabaseQueue(configuration: configuration)
      try queue.inDatabase { database in try Schema.migrate(database, path: path ?? ":memory:") }
      return queue
    } catch {
      throw LedgerError(error, path: path ?? ":memory:")
    }
  }

  private static func prepare(_ database: Database, _ options: LedgerOptions) throws {
    // Marks a new file while it has no log yet: from then on the mark is in the file's own header, where it is looked
    // for before SQLite opens the file.
    if try Int32.fetchOne(database, sql: "PRAGMA application_id") == 0 {
      try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
    }
    try database.execute(sql: "PRAGMA journal_mode = WAL")
    // Each commit waits for the disk. (sqlite.org/pragma.html#pragma_synchronous: with NORMAL a power failure may undo
    // transactions that were committed.)
    try database.execute(sql: "PRAGMA synchronous = FULL")
    // A log that a burst made long is cut back to 16 MiB when it is begun anew.
    try database.execute(sql: "PRAGMA journal_size_limit = 16777216")
    try database.execute(sql: "PRAGMA temp_store = MEMORY")
    if let maximum = options.maximumPages { try database.execute(sql: "PRAGMA max_page_count = \(maximum)") }
  }
}
