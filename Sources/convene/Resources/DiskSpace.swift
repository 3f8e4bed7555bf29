internal import CLinux
internal import Glibc

/// The room on the file system of a file.
struct DiskSpace {
  /// Bytes that this process may still take.
  let free: Int
  /// Below so many it is near its end, and below so many nearly used up: then the ledger's own reserve is next, which is for
  /// outcomes alone.
  let near: Int
  let least: Int

  /// - Parameter path: a file's, or where one will be.
  init?(around path: String) {
    let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    var fileSystem = statvfs()
    guard statvfs(directory.isEmpty ? "/" : directory, &fileSystem) == 0, fileSystem.f_blocks > 0 else { return nil }
    let block = Int(fileSystem.f_frsize)
    free = Int(fileSystem.f_bavail) * block
    let size = Int(fileSystem.f_blocks) * block
    near = min(64 << 20, size / 10)
    least = min(8 << 20, size / 20)
  }

  var scarcity: NearBound.Scarcity? { free < least ? .nearlyUsedUp : free < near ? .near : nil }

  var isPlenty: Bool { free >= near + near / 4 }
}
