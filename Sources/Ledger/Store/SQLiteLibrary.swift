internal import CSQLite

/// SQLite's process-wide set-up, done once, before the first connection.
enum SQLiteLibrary {
  /// Bytes of a ledger without a file, a whole number of pages.
  static let largestMemory = 0x7fff_0000

  /// What to open for a ledger without a file.
  ///
  /// Not `:memory:`, where the page cache is the database: a page that is split out of order makes the next commit walk
  /// the whole cache (`pcache1TruncateUnsafe`), so a command costs more the more are remembered. In SQLite's file system
  /// in memory (sqlite.org/src/file/src/memdb.c) the cache is as small as for a file. A name without a leading slash
  /// belongs to its connection alone.
  static let memoryPath = isConfigured ? "file:ledger?vfs=memdb" : ":memory:"

  /// False where somebody in this process has used SQLite before.
  private static let isConfigured: Bool = {
    _ = convene_sqlite_count_no_memory()
    // SQLite allocates no more than this at once (sqlite.org/malloc.html), and such a file is one allocation.
    _ = convene_sqlite_limit_memory_files(Int64(largestMemory))
    return convene_sqlite_allow_uris() == SQLITE_OK
  }()

  /// A path that is not taken for a URI, whatever it begins with.
  static func plain(_ path: String) -> String { path.utf8.first == UInt8(ascii: "/") ? path : "./" + path }

  /// To be called before anything that opens a database.
  static func prepare() { _ = isConfigured }
}
