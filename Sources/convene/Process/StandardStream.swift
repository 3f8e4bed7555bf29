internal import CLinux
internal import Glibc

/// Standard output or error, written whole and at once: no buffer that a killed process could take along.
enum StandardStream {
  case output, error

  /// Ends the process with no handlers run, as soon as its log is out.
  static func exit(_ code: Int32) -> Never {
    LogWriter.standardError.flush()
    _exit(code)
  }

  /// Writes a text for people, which may quote what is somebody else's.
  func writeLine(_ text: String) { write(Array(text.visibleLines.utf8) + [UInt8(ascii: "\n")]) }

  func writeLine(_ text: [UInt8]) { write(text + [UInt8(ascii: "\n")]) }

  func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR || errno == EAGAIN && waitForRoom() { continue }
        // Nobody reads: there is no better place to say so.
        return
      }
      rest = rest.dropFirst(count)
    }
  }

  var descriptor: Int32 { self == .output ? STDOUT_FILENO : STDERR_FILENO }

  /// Where whoever shares the descriptor has made it one that doesn't wait by itself.
  private func waitForRoom() -> Bool { Self.waitForRoom(descriptor) }

  /// - Returns: whether it is worth while to try again.
  static func waitForRoom(_ descriptor: Int32) -> Bool {
    var polled = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&polled, 1, -1) > 0 || errno == EINTR
  }
}
