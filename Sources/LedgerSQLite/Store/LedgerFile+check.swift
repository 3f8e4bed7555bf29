internal import CLinux
internal import Files
internal import Glibc
internal import Ledger

extension LedgerFile {
  /// Looks at what is there, without making or locking it. A ledger that isn't there yet will be made.
  ///
  /// - Parameter path: as the configuration has it.
  static func check(_ place: FilePlace, as path: String) throws(LedgerError) {
    try checkCompanions(of: place.path)
    try LedgerDirectory(of: place.path).checkSpace(for: place)
    guard let kind = place.kind else { return try checkLog(of: place.path, as: path) }
    guard kind == .regular else { throw LedgerError(.path, "\(path): not a regular file") }
    try checkNames(place.links, of: place.path, as: path)
    let descriptor = convene_open(place.path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0)
    guard descriptor >= 0 else { throw LedgerError(.path, "\(path): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, !isBlank(descriptor, Int(status.st_size)) else {
      return try checkLog(of: place.path, as: path)
    }
    try checkMode(status, path)
    try checkHeader(descriptor, path: path)
    try checkLog(of: place.path, as: path)
    // Only where SQLite makes no index of a log for it.
    guard Inode("\(place.path)-wal") == nil || Inode("\(place.path)-shm") != nil else { return }
    do throws(LedgerError) {
      let reader = try LedgerReader(path: place.path)
      _ = try reader.bounds()
      try reader.checkImport(as: path)
    } catch {
      guard error.kind != .corrupt, error.kind != .newerVersion, error.kind != .imported else {
        throw LedgerError(error, path: path)
      }
    }
  }

  /// What lies beside the file must be what SQLite makes there, or nothing: a file that is nothing else's.
  ///
  /// - Parameter path: without links.
  static func checkCompanions(of path: String) throws(LedgerError) {
    var taken = [Inode(path)]
    for companion in companions.map({ path + $0 }) {
      var status = stat()
      guard lstat(companion, &status) == 0 else {
        guard errno == ENOENT else { throw LedgerError(.path, "\(companion): \(String(cString: strerror(errno)))") }
        continue
      }
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw LedgerError(.path, "\(companion): not a regular file; the ledger needs this name for one of its own")
      }
      let inode = Inode(companion)
      guard !taken.contains(inode) else {
        throw LedgerError(.path, "\(companion): another name of a file that is the ledger's already")
      }
      taken.append(inode)
      guard access(companion, R_OK | W_OK) == 0 else {
        throw LedgerError(.path, "\(companion): \(String(cString: strerror(errno)))")
      }
    }
  }

  /// Only its owner can make it private.
  static func checkMode(_ status: stat, _ path: String) throws(LedgerError) {
    guard status.st_mode & 0o7777 != 0o600, status.st_uid != geteuid(), geteuid() != 0 else { return }
    throw LedgerError(.path, "\(path): belongs to uid \(status.st_uid), so it can't be made private")
  }

  /// The log's name is made of the file's: under another one, what an earlier process left in its log would be missing.
  ///
  /// - Parameter given: as the configuration has it.
  static func checkNames(_ links: Int, of path: String, as given: String) throws(LedgerError) {
    if convene_is_mount_point(path) > 0 {
      throw LedgerError(
        .path,
        "\(given): is mounted as a single file, so it has another name, too, and its log only one of them. Mount the"
          + " directory that it lies in")
    }
    guard links != 1 else { return }
    throw LedgerError(
      .path,
      "\(given): has \(links) names (hard links), and its log only one of them; a ledger must have one name"
        + " (`find -samefile` tells the others)")
  }
}
