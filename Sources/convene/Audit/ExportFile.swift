internal import CLinux
internal import Glibc

/// A file that is there whole or not at all: written beside its place, and moved there at the end.
struct ExportFile {
  let descriptor: Int32
  private let path: String
  private let temporary: String

  init(path: String) throws(StartError) {
    self.path = path
    temporary = "\(path).\(getpid()).partial"
    descriptor = convene_open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StartError("\(temporary): \(String(cString: strerror(errno)))") }
  }

  /// - Parameter isWhole: false = nothing stays.
  func end(isWhole: Bool) throws(StartError) {
    defer { close(descriptor) }
    guard isWhole else {
      unlink(temporary)
      return
    }
    guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(temporary)
      throw StartError("\(path): \(reason)")
    }
  }
}
