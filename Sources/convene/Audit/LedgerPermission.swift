internal import Glibc

/// Whether this process may read a ledger. SQLite says of what it may not only that it can't be opened.
enum LedgerPermission {
  /// What stands in the way, and what to do; nil where nothing does.
  static func unavailability(of path: String) -> String? {
    let log = path + "-wal"
    var refused = [path, log].first { (file: String) in access(file, R_OK) != 0 && errno == EACCES }
    // Beside a log with something in it, readers share its index with the gateway, and write there.
    var status = stat()
    if refused == nil, stat(log, &status) == 0, status.st_size > 0 {
      let index = path + "-shm"
      let shared = access(index, F_OK) == 0 ? index : directory(of: path)
      if access(shared, W_OK) != 0, errno == EACCES || errno == EROFS { refused = shared }
    }
    guard let refused else { return nil }
    // Where not even the directory may be looked into, its owner is the best guess.
    let isKnown = stat(path, &status) == 0 || stat(directory(of: path), &status) == 0
    let owner = isKnown ? " (uid \(status.st_uid))" : ""
    return "\(refused): permission denied: run this as the gateway's user\(owner), or as root"
  }

  private static func directory(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
