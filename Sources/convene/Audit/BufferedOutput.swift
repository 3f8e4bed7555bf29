internal import CLinux
internal import Glibc

/// Lines for a descriptor, gathered and written in blocks.
struct BufferedOutput: ~Copyable {
  enum Failure: Error {
    /// Whoever reads has had enough, as `head` has: no reason to complain.
    case readerGone
    case failed(String)
  }

  private static let capacity = 128 << 10

  private let descriptor: Int32
  private var bytes: [UInt8] = []

  /// - Parameter descriptor: stays the caller's.
  init(descriptor: Int32 = STDOUT_FILENO) {
    // So that a reader that is gone is an error, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    self.descriptor = descriptor
  }

  mutating func write(_ more: some Collection<UInt8>) throws(Failure) {
    bytes.append(contentsOf: more)
    if bytes.count >= Self.capacity { try flush() }
  }

  mutating func flush() throws(Failure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        let error = errno
        if error == EINTR || error == EAGAIN && StandardStream.waitForRoom(descriptor) { continue }
        bytes.removeAll()
        throw error == EPIPE ? .readerGone : .failed(String(cString: strerror(error)))
      }
      rest = rest.dropFirst(count)
    }
    bytes.removeAll(keepingCapacity: true)
  }
}
