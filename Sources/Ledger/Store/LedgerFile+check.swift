internal import CLinux
internal import Glibc

extension LedgerFile {
  /// Looks at what is there, without making or locking it. A ledger that isn't there yet will be made.
  static func check(_ path: String) throws(LedgerError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw LedgerError(.path, "\(path): \(String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw LedgerError(.path, "\(path): not a regular file") }
    let descriptor = convene_open(path, O_RDWR | O_CLOEXEC, 0)
    guard descriptor >= 0 else { throw LedgerError(.path, "\(path): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    if status.st_size > 0 { try checkHeader(descriptor, path: path) }
  }
}
