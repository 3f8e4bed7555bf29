internal import CLinux
internal import Glibc

/// The directory that a ledger lies in: whether it can be there, and whether others can take it away.
struct LedgerDirectory {
  let path: String

  /// - Parameter ledger: the path of the ledger's file.
  init(of ledger: String) {
    let directory = ledger.lastIndex(of: "/").map { ledger[..<$0] } ?? "."
    path = directory.isEmpty ? "/" : String(directory)
  }

  /// - Returns: what is unwise, for people, or nil.
  /// - Throws: `path` where no ledger can be.
  func check() throws(LedgerError) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { throw unusable(String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw unusable("not a directory") }
    guard access(path, W_OK | X_OK) == 0 else { throw unusable(String(cString: strerror(errno))) }
    try refuseNetwork()
    guard status.st_mode & 0o022 != 0, status.st_mode & S_ISVTX == 0 else {
      // The owner of a directory may rename what is in it.
      let isTrusted = status.st_uid == geteuid() || status.st_uid == 0
      return isTrusted ? nil : "\(path) belongs to uid \(status.st_uid), who can replace the ledger"
    }
    let mode = String(status.st_mode & 0o7777, radix: 8)
    return "\(path) can be written by others (mode \(mode)), who can replace the ledger"
  }

  /// The processes that use a database in WAL mode share memory, which no network file system gives to several hosts
  /// (sqlite.org/wal.html, section 1); and the lock that keeps a second gateway off may be that host's alone.
  private func refuseNetwork() throws(LedgerError) {
    var fileSystem = statfs()
    guard statfs(path, &fileSystem) == 0 else { return }
    // statfs(2), "f_type".
    let name: String? =
      switch UInt32(truncatingIfNeeded: fileSystem.f_type) {
      case 0x6969: "NFS"
      case 0xff53_4d42: "CIFS"
      case 0xfe53_4d42: "SMB"
      default: nil
      }
    if let name { throw unusable("a network file system (\(name)); a ledger needs a local one") }
  }

  private func unusable(_ reason: String) -> LedgerError {
    LedgerError(.path, "\(path), the ledger's directory: \(reason)")
  }
}
