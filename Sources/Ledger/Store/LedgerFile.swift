internal import CLinux
internal import Glibc

/// The ledger's file as the file system sees it: who may read it, who has it open, and whether it is a ledger at all.
///
/// All of this comes before SQLite touches the file, so what is refused stays as it was. To be let go of after SQLite is
/// done with it: closing any descriptor of a database drops the locks that SQLite holds in this process
/// (sqlite.org/howtocorrupt.html, section 2.2).
final class LedgerFile: Sendable {
  let path: String
  let descriptor: Int32
  private let lock: LedgerLock

  /// Takes the lock, makes the file where there is none, and looks at its header.
  init(path: String) throws(LedgerError) {
    self.path = path
    // First of all, so that nobody opens and closes a file that is in use here.
    lock = try LedgerLock(path: path)
    descriptor = convene_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw LedgerError(.path, "\(path): \(String(cString: strerror(errno)))") }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw LedgerError(.path, "\(path): not a regular file")
    }
    if status.st_size > 0 { try Self.checkHeader(descriptor, path: path) }
    // The files beside it (-wal, -shm) get the same mode from SQLite.
    guard fchmod(descriptor, 0o600) == 0 else {
      throw LedgerError(.path, "\(path): can't make it private: \(String(cString: strerror(errno)))")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Lets another process have the ledger. SQLite must be done with it.
  func release() {
    // What was allocated beyond its end is given back.
    var status = stat()
    if fstat(descriptor, &status) == 0 { ftruncate(descriptor, status.st_size) }
    lock.release()
  }

  /// Keeps other processes off for as long as this one lives.
  func keepLocked() { _ = Unmanaged.passRetained(self) }

  /// sqlite.org/fileformat2.html, "The Database Header".
  static func checkHeader(_ file: Int32, path: String) throws(LedgerError) {
    var header = [UInt8](repeating: 0, count: 100)
    let count = pread(file, &header, header.count, 0)
    guard count == header.count, header.starts(with: "SQLite format 3\0".utf8) else {
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

/// `PATH.lock`, held by flock(2) as long as the process that has the ledger lives: the kernel lets go of it at any death.
private final class LedgerLock: Sendable {
  private let file: Int32

  init(path: String) throws(LedgerError) {
    let lockPath = path + ".lock"
    file = convene_open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      let reason = String(cString: strerror(errno))
      throw LedgerError(.path, "\(lockPath): \(reason)")
    }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let error = errno
      throw error == EWOULDBLOCK
        ? LedgerError(.inUse, "\(path): another process has this ledger open (it holds \(lockPath))")
        : LedgerError(.path, "\(lockPath): \(String(cString: strerror(error)))")
    }
  }

  func release() { flock(file, LOCK_UN) }

  deinit { if file >= 0 { close(file) } }
}
