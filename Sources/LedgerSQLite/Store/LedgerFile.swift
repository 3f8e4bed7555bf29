internal import CLinux
internal import Files
internal import Glibc
internal import Ledger

/// The ledger's file as the file system sees it: who may read it, who has it open, and whether it is a ledger at all.
///
/// All of this comes before SQLite touches the file, so what is refused stays as it was. To be let go of after SQLite is
/// done with it: closing any descriptor of a database drops the locks that SQLite holds in this process
/// (sqlite.org/howtocorrupt.html, section 2.2).
///
/// One process has it, however the file is called: the lock, flock(2), is on the file itself. It does not meet SQLite's own
/// locks, which are of another kind (fcntl(2)). The kernel lets go of it at any death.
final class LedgerFile: Sendable {
  /// Without links: what lies beside the file (-wal, -shm) has its name from this one.
  let path: String
  let descriptor: Int32
  private let inode: Inode?
  private let earlierLock: EarlierLock

  /// Takes the lock, makes the file where there is none, and looks at its header.
  ///
  /// - Parameter given: as the configuration has it; what is wrong is said of this path.
  init(path given: String) throws(LedgerError) {
    let place = try Self.place(of: given)
    path = place.path
    try Self.checkCompanions(of: path)
    // First of all, so that nobody opens and closes a file that is in use here.
    earlierLock = try EarlierLock(path: path, given: given)
    guard place.kind ?? .regular == .regular else { throw LedgerError(.path, "\(given): not a regular file") }
    if place.kind == nil { try Self.checkLog(of: path, as: given) }
    descriptor = convene_open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    guard descriptor >= 0 else { throw LedgerError(.path, "\(given): \(String(cString: strerror(errno)))") }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw LedgerError(.path, "\(given): not a regular file")
    }
    inode = Inode(of: descriptor)
    try EarlierLock.take(descriptor, of: given)
    // Before that, another process may have had it, and replaced it.
    guard Inode(path) == inode else { throw .replaced(path: path) }
    try Self.checkNames(Int(status.st_nlink), of: path, as: given)
    if Self.isBlank(descriptor, Int(status.st_size)) {
      guard ftruncate(descriptor, 0) == 0 else {
        throw LedgerError(.path, "\(given): \(String(cString: strerror(errno)))")
      }
    } else {
      try Self.checkHeader(descriptor, path: given)
    }
    try Self.checkLog(of: path, as: given)
    try Self.takeWord(of: path)
    // The files beside it (-wal, -shm) get the same mode from SQLite.
    try Self.checkMode(status, given)
    guard status.st_mode & 0o7777 == 0o600 || fchmod(descriptor, 0o600) == 0 else {
      throw LedgerError(.path, "\(given): can't make it private: \(String(cString: strerror(errno)))")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Where a ledger lies; its directory must be there.
  static func place(of path: String) throws(LedgerError) -> FilePlace {
    do throws(FilePlaceError) {
      return try FilePlace(path)
    } catch {
      // Says it better, where it is the directory.
      _ = try LedgerDirectory(of: path).check()
      throw LedgerError(.path, "\(path): \(error)")
    }
  }

  /// What is put behind its name for the files beside it.
  static let companions = ["-wal", "-shm", "-journal", "-complete", ".lock"]

  /// All files that are a ledger's: nobody else may write one of these.
  static func all(of path: String) throws(LedgerError) -> [String] {
    let path = try place(of: path).path
    return ([""] + companions).map { path + $0 }
  }

  /// Makes sure that the file is still at its path. Where it isn't, another process may have made another one there, and
  /// both would send the same command; and who starts next finds nothing of what is written here.
  func checkPlace() throws(LedgerError) {
    guard Inode(path) == inode else { throw .replaced(path: path) }
  }

  /// Lets another process have the ledger. SQLite must be done with it.
  func release() {
    // What was allocated beyond its end is given back.
    var status = stat()
    if fstat(descriptor, &status) == 0 { ftruncate(descriptor, status.st_size) }
    flock(descriptor, LOCK_UN)
    earlierLock.release()
  }

  /// Keeps other processes off for as long as this one lives.
  func keepLocked() { _ = Unmanaged.passRetained(self) }

  /// Whether nothing was ever written to it: it is empty, or its first page had its place and no contents yet when the power
  /// failed.
  static func isBlank(_ file: Int32, _ size: Int) -> Bool {
    guard size > 0 else { return true }
    guard size <= 4096 else { return false }
    var page = [UInt8](repeating: 0xFF, count: size)
    return pread(file, &page, size, 0) == size && page.allSatisfy { $0 == 0 }
  }

  /// sqlite.org/fileformat2.html, "The Database Header".
  static func checkHeader(_ file: Int32, path: String) throws(LedgerError) {
    var header = [UInt8](repeating: 0, count: 100)
    let count = pread(file, &header, header.count, 0)
    guard count == header.count, header.starts(with: "SQLite format 3\0".utf8) else {
      guard header.first != UInt8(ascii: "{") else {
        throw LedgerError(
          .notALedger,
          "\(path): begins with text where a database has its header: log lines or audit records were written over it."
            + " Keep it and what lies beside it; begin with a copy of an earlier day, or with another path")
      }
      throw LedgerError(.notALedger, "\(path): not a ledger, and no SQLite database at all")
    }
    func number(at offset: Int) -> Int32 {
      Int32(bitPattern: header[offset..<offset + 4].reduce(0 as UInt32) { $0 << 8 | UInt32($1) })
    }
    guard number(at: 68) == Schema.applicationID else {
      throw LedgerError(.notALedger, "\(path): a database of another program, not a ledger")
    }
    guard number(at: 60) <= Schema.version else { throw LedgerError.newer(path: path, version: number(at: 60)) }
  }
}

/// `PATH.lock`, which earlier versions went by: held too, so that none of them runs beside this one while versions change.
private final class EarlierLock: Sendable {
  private let file: Int32

  init(path: String, given: String) throws(LedgerError) {
    let lockPath = path + ".lock"
    file = convene_open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0o600)
    guard file >= 0 else {
      let reason = String(cString: strerror(errno))
      throw LedgerError(.path, "\(lockPath): \(reason)")
    }
    try Self.take(file, of: given)
  }

  /// Takes a lock that belongs to the ledger at `path`.
  static func take(_ file: Int32, of path: String) throws(LedgerError) {
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let error = errno
      throw error == EWOULDBLOCK
        ? LedgerError(.inUse, "\(path): another process has this ledger open, perhaps by another name")
        : LedgerError(.path, "\(path): can't be locked: \(String(cString: strerror(error)))")
    }
  }

  func release() { flock(file, LOCK_UN) }

  deinit { if file >= 0 { close(file) } }
}

extension LedgerError {
  static func replaced(path: String) -> LedgerError {
    LedgerError(
      .replaced,
      "\(path): removed, renamed or replaced while it was in use. What was written here is not what the next start will"
        + " find there: stop every gateway, put the file and its -wal back, and start one")
  }
}
