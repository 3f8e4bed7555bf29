import Glibc

/// Why a listener could not be opened.
struct SocketError: Error, CustomStringConvertible {
  let description: String

  /// - Parameter action: what was tried; the reason is taken from `errno`.
  init(_ action: String) {
    description = "\(action): \(String(cString: strerror(errno)))"
  }

  init(_ action: String, reason: String) {
    description = "\(action): \(reason)"
  }
}
