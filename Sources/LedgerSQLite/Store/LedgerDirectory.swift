internal import CLinux
internal import Files
internal import Glibc
internal import Ledger

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
    // The owner of a directory may rename what is in it.
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      return "\(path) belongs to uid \(status.st_uid), who can replace the ledger"
    }
    guard isOpenToStrangers(status) else { return nil }
    let mode = String(status.st_mode & 0o7777, radix: 8)
    return "\(path) can be written by others (mode \(mode)), who can replace the ledger"
  }

  /// Whether users may replace what is in it to whom nobody has given it. A group of this process's own was given it (as
  /// Kubernetes' fsGroup is); and a volume that is mounted just there is reached by whom it was mounted for, whatever its mode
  /// (an emptyDir's is 777).
  private func isOpenToStrangers(_ status: stat) -> Bool {
    let isSticky = status.st_mode & S_ISVTX != 0
    let isOpenToAll = status.st_mode & 0o002 != 0
    let isOpenToGroup = status.st_mode & 0o020 != 0 && !isOwn(group: status.st_gid)
    return !isSticky && (isOpenToAll || isOpenToGroup) && convene_is_mount_point(path) != 1
  }

  private func isOwn(group: gid_t) -> Bool {
    if group == getegid() { return true }
    var groups = [gid_t](repeating: 0, count: max(0, Int(getgroups(0, nil))))
    let count = getgroups(Int32(groups.count), &groups)
    return groups.prefix(max(0, Int(count))).contains(group)
  }

  /// Makes sure that there is space for what a start writes. Where a process died, its log has some still.
  func checkSpace(for ledger: FilePlace) throws(LedgerError) {
    var fileSystem = statvfs()
    guard statvfs(path, &fileSystem) == 0, fileSystem.f_blocks > 0 else { return }
    var bytes = Int(fileSystem.f_bavail) * Int(fileSystem.f_frsize)
    for companion in ["-wal", "-shm"] {
      var status = stat()
      if stat(ledger.path + companion, &status) == 0 { bytes += Int(status.st_blocks) * 512 }
    }
    guard bytes >= (ledger.inode == nil ? Self.spaceOfNew : Self.spaceOfStart),
      fileSystem.f_files == 0 || fileSystem.f_favail > 0
    else { throw unusable(String(cString: strerror(ENOSPC))) }
  }

  /// Bytes of a file with the tables, of the log in which they come to it, and of that log's index.
  private static let spaceOfNew = 320 << 10
  /// Of a log with a few transactions, and of its index.
  private static let spaceOfStart = 96 << 10

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
