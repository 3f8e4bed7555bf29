internal import Crypto
internal import Glibc

/// Why a file could not be read.
package struct FileError: Error, Sendable, Equatable {
  /// To follow the file's name.
  package let message: String
}

/// Reads a small file whole.
enum FileContents {
  static let largestSecret = 64 * 1024

  /// The contents of a file with a secret, which are nowhere in memory any more when this returns.
  ///
  /// - Parameter limit: bytes; a longer file is an error.
  static func withSecret<Value>(
    _ path: String, limit: Int = largestSecret, _ body: (UnsafeRawBufferPointer) -> Value
  ) throws(FileError) -> Value {
    let descriptor = try opened(path)
    defer { close(descriptor) }
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: limit + 1, alignment: 16)
    defer {
      wipe(room)
      room.deallocate()
    }
    var end = 0
    while end < room.count {
      let count = Glibc.read(descriptor, room.baseAddress.map { $0 + end }, room.count - end)
      guard count >= 0 else { throw .errno("can't be read") }
      guard count > 0 else { return body(UnsafeRawBufferPointer(rebasing: room[..<end])) }
      end += count
    }
    throw FileError(message: "is larger than \(FileReader.sizeText(limit))")
  }

  private static func opened(_ path: String) throws(FileError) -> Int32 {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .errno("can't be opened") }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError(message: "is no regular file")
    }
    return descriptor
  }

  /// - Parameter limit: bytes; a longer file is an error.
  static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    let descriptor = try opened(path)
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .errno("can't be read") }
    var bytes: [UInt8] = []
    while true {
      let chunk = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, count in
        count = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
      }
      guard !chunk.isEmpty else { break }
      bytes += chunk
      guard bytes.count <= limit else {
        throw FileError(message: "is larger than \(FileReader.sizeText(limit))")
      }
    }
    // A failed read ends the loop as the end of the file does; the length tells which it was.
    guard bytes.count >= status.st_size else { throw FileError(message: "can't be read to its end") }
    return bytes
  }
}

extension FileError {
  fileprivate static func errno(_ what: String) -> FileError {
    FileError(message: "\(what): \(String(cString: strerror(Glibc.errno)))")
  }
}
