internal import CLinux
internal import Glibc

/// Lines on a descriptor that somebody else reads, or a file that somebody else has opened: stdout.
///
/// Whoever reads may stop reading, so no write may block for good: the descriptor is asked first whether it takes
/// something, and then gets no more than a pipe takes at once. Lines of up to PIPE_BUF bytes go out whole, so nothing else
/// that writes to the same pipe can come in between (POSIX, write()).
final class DescriptorOutput: AuditOutput {
  private static let atOnce = 4096  // PIPE_BUF

  let patience = Duration.zero
  private let descriptor: Int32
  /// Readable once nobody waits for this output any more.
  private let abort: Int32
  /// What must come first: where it is a file in which an earlier process ended in the middle of a line, a line feed.
  private var beginning: [UInt8]

  init(descriptor: Int32, abort: Int32) {
    self.descriptor = descriptor
    self.abort = abort
    beginning = Self.endsWithinLine(descriptor) ? [UInt8(ascii: "\n")] : []
  }

  func writeSome(_ lines: ArraySlice<UInt8>) throws(AuditOutputError) -> Int {
    if !beginning.isEmpty {
      let written = try beginning.withUnsafeBytes { piece in writeWhenReady(piece) }.get()
      beginning.removeFirst(written)
      if !beginning.isEmpty { return 0 }
    }
    let result = lines.prefix(pieceLength(lines)).withUnsafeBytes { piece in writeWhenReady(piece) }
    return try result.get()
  }

  func reopen() {}

  /// As many whole lines as go out at once; of a longer line, a piece.
  private func pieceLength(_ rest: ArraySlice<UInt8>) -> Int {
    guard rest.count > Self.atOnce else { return rest.count }
    let piece = rest.prefix(Self.atOnce)
    return piece.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 - rest.startIndex } ?? Self.atOnce
  }

  private func writeWhenReady(_ piece: UnsafeRawBufferPointer) -> Result<Int, AuditOutputError> {
    while true {
      var polled = [
        pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
        pollfd(fd: abort, events: Int16(POLLIN), revents: 0),
      ]
      if poll(&polled, 2, -1) < 0, errno != EINTR {
        return .failure(Self.failure())
      }
      // What can be written is written, even when nobody waits any more.
      if polled[0].revents == 0 {
        if polled[1].revents != 0 { return .failure(AuditOutputError("nobody reads it", isFinal: true)) }
        continue
      }
      let count = Glibc.write(descriptor, piece.baseAddress, piece.count)
      if count >= 0 { return .success(count) }
      if errno != EINTR, errno != EAGAIN { return .failure(Self.failure()) }
    }
  }

  /// A descriptor that is open for writing alone can't be read, so the file is opened once more.
  private static func endsWithinLine(_ descriptor: Int32) -> Bool {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { return false }
    let file = convene_open("/proc/self/fd/\(descriptor)", O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0)
    guard file >= 0 else { return false }
    defer { close(file) }
    var last: UInt8 = 0
    return pread(file, &last, 1, status.st_size - 1) == 1 && last != UInt8(ascii: "\n")
  }

  /// Of the call that has just failed. Only where nobody will ever read it again trying is vain; a full disk gets empty.
  private static func failure() -> AuditOutputError {
    let isFinal = [EPIPE, EBADF, ECONNRESET, ENOTCONN].contains(errno)
    return AuditOutputError(String(cString: strerror(errno)), isFinal: isFinal)
  }
}
