internal import Glibc

/// A server that takes a connection and reads nothing of it until it is told: what is sent to it stays in the sender's
/// kernel, but for the little that it has room for.
package final class StalledPeer {
  package let url: String
  private let listener: Int32
  private var connection: Int32 = -1

  package init() throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    self.listener = listener
    // The kernel's least; what is accepted has it from here.
    var room: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    guard isListening else { throw Failure("can't listen: error \(errno)") }
    url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/v2"
  }

  deinit {
    close(listener)
    if connection >= 0 { close(connection) }
  }

  /// Takes the connection that is waiting, or the next one, and returns when something has been sent on it.
  package func waitForBytes() throws {
    if connection < 0 { connection = accept(listener, nil, nil) }
    guard connection >= 0 else { throw Failure("can't accept: error \(errno)") }
    var byte: UInt8 = 0
    guard recv(connection, &byte, 1, Int32(MSG_PEEK)) == 1 else { throw Failure("it ended at once") }
  }

  /// Takes the connection that is waiting, if that was not done, and reads all that still comes of it.
  ///
  /// - Returns: how many bytes, and the error that it ended with, if it was none of the peer's own ends.
  package func readAll() throws -> (count: Int, error: Int32) {
    if connection < 0 { connection = accept(listener, nil, nil) }
    guard connection >= 0 else { throw Failure("can't accept: error \(errno)") }
    var (total, chunk) = (0, [UInt8](repeating: 0, count: 1 << 16))
    while true {
      let count = recv(connection, &chunk, chunk.count, 0)
      guard count > 0 else { return (total, count == 0 ? 0 : errno) }
      total += count
    }
  }
}
