internal import CLinux
internal import EventLoop

/// A directory that this process alone changes, as far as processes agree on flock(2).
struct LockedDirectory {
  private static let patience = 100
  private static let pause: UInt32 = 10_000

  private let descriptor: Int32

  /// Waits a second at most: everybody holds it for a moment only.
  ///
  /// - Parameter path: of a file in it.
  init(of path: String) throws(SystemError) {
    let directory = Self.path(of: path)
    descriptor = convene_open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    guard descriptor >= 0 else { throw .last("open \(directory)") }
    for _ in 0..<Self.patience {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
      guard convene_errno() == EWOULDBLOCK || convene_errno() == EINTR else { break }
      usleep(Self.pause)
    }
    let error = SystemError.last("flock \(directory)")
    close(descriptor)
    throw error
  }

  static func path(of file: String) -> String {
    file.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(file[...$0]) } ?? "."
  }

  func unlock() { close(descriptor) }
}

/// Which file it is, whatever it is called.
struct FileIdentity: Equatable {
  private let device: UInt64
  private let inode: UInt64

  /// - Parameter path: not followed where it is a link. nil where there is no such file.
  init?(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}
