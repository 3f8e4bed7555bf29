internal import CSQLite

/// SQLite's process-wide set-up, done once, before the first connection; and what it takes for a database's path.
package enum SQLiteLibrary {
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
    return convene_sqlite_limit_memory_files(Int64(largestMemory)) == SQLITE_OK
  }()

  /// Whether there is the VFS that gathers a log's writes.
  private static let isGathering: Bool = {
    prepare()
    return convene_sqlite_register_gathering() == SQLITE_OK
  }()

  /// What the one connection opens that writes a ledger in a file: its log is written in few calls. (`gather.h`.)
  package static func writablePath(of file: String) -> String {
    isGathering ? uri(of: file, "vfs=\(CONVENE_SQLITE_GATHERING)") : plain(file)
  }

  /// A path that is not taken for a URI, whatever it begins with.
  private static func plain(_ path: String) -> String { path.utf8.first == UInt8(ascii: "/") ? path : "./" + path }

  /// sqlite.org/uri.html.
  static func uri(of path: String, _ parameters: String) -> String {
    // Two slashes begin the name of a host, which is empty.
    var text = path.utf8.first == UInt8(ascii: "/") ? "file://" : "file:"
    for character in path.unicodeScalars {
      switch character {
      // What would end the path, or be taken for an escape.
      case "%": text += "%25"
      case "?": text += "%3f"
      case "#": text += "%23"
      default: text.unicodeScalars.append(character)
      }
    }
    return "\(text)?\(parameters)"
  }

  /// To be called before anything that opens a database.
  static func prepare() { _ = isConfigured }
}
