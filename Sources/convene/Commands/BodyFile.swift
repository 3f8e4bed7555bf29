internal import Glibc

/// A request's body in a file, or on standard input.
enum BodyFile {
  /// - Returns: one byte more than `limit` where there are more.
  static func read(_ path: String, atMost limit: Int) throws -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StartError("\(path) can't be opened: \(String(cString: strerror(errno)))") }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    var bytes: [UInt8] = []
    while bytes.count <= limit {
      var failure: Int32 = 0
      let chunk = [UInt8](unsafeUninitializedCapacity: min(limit + 1 - bytes.count, 64 * 1024)) { buffer, count in
        let read = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        if read < 0 { failure = errno }
        count = max(0, read)
      }
      if failure == EINTR { continue }
      guard failure == 0 else { throw StartError("\(path) can't be read: \(String(cString: strerror(failure)))") }
      if chunk.isEmpty { break }
      bytes += chunk
    }
    return bytes
  }
}
