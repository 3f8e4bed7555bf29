internal import Glibc

/// Standard output or error, written whole and at once: no buffer that a killed process could take along.
enum StandardStream {
  case output, error

  /// Ends the process at once, with no handlers run.
  static func exit(_ code: Int32) -> Never { _exit(code) }

  func writeLine(_ text: String) { write(Array(text.utf8) + [UInt8(ascii: "\n")]) }

  func writeLine(_ text: [UInt8]) { write(text + [UInt8(ascii: "\n")]) }

  func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.write(self == .output ? STDOUT_FILENO : STDERR_FILENO, $0.baseAddress, $0.count)
      }
      if count < 0 {
        if errno == EINTR { continue }
        // Nobody reads: there is no better place to say so.
        return
      }
      rest = rest.dropFirst(count)
    }
  }
}
