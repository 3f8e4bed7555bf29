internal import CLinux
package import EventLoop
package import Gateway

/// A socket that listens, and that no other process can share: a second gateway is told that the address is in use. The
/// workers of this one all accept from it. Closed with its last owner; a Unix socket's file is removed by `unlink`.
package final class ListeningSocket: Sendable {
  let descriptor: Int32
  /// What is really listened on: the port that the system chose, where 0 was asked for.
  package let address: ListenAddress
  /// A Unix socket's own.
  private let file: FileIdentity?

  package init(_ address: ListenAddress) throws(SystemError) {
    switch address {
    case .tcp(let host, let port):
      descriptor = try SocketAddress.ip(host, port: port).listen(configure: Self.configure)
      file = nil
    case .unix(let path): (descriptor, file) = try Self.listen(at: path)
    }
    self.address = SocketAddress.bound(descriptor, as: address)
  }

  deinit { close(descriptor) }

  /// Refuses connections from now on, although the descriptor stays open.
  func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Removes a Unix socket's file, so that the next connection is refused at once; unless it is another's by now.
  package func unlink() {
    if case .unix(let path) = address, FileIdentity(path) == file { CLinux.unlink(path) }
  }

  /// Connections of a process that has ended may linger in the kernel, and must not keep the next one off the port
  /// (SO_REUSEADDR). SO_REUSEPORT is never set: with it two processes can listen on one port, and each would be sent a part
  /// of the repeats of a command.
  static func configure(_ socket: Int32, _ family: Int32) throws(SystemError) {
    try enable(SO_REUSEADDR, of: SOL_SOCKET, on: socket)
    // `[::]` is IPv6 alone, whatever the system's default is: beside it `0.0.0.0` can be listened on.
    if family == AF_INET6 { try enable(IPV6_V6ONLY, of: Int32(IPPROTO_IPV6), on: socket) }
  }

  private static func enable(_ option: Int32, of level: Int32, on socket: Int32) throws(SystemError) {
    var one: Int32 = 1
    guard setsockopt(socket, level, option, &one, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
      throw .last("setsockopt")
    }
  }

  private static func listen(at path: String) throws(SystemError) -> (Int32, FileIdentity?) {
    let address = try SocketAddress.unix(path)
    // Two processes that find the same stale file must not remove it one after the other: the second would remove what the
    // first has made.
    let directory = try LockedDirectory(of: path)
    defer { directory.unlock() }
    // A socket file that nobody listens on is left over from a process that was killed.
    if try address.isStale(path) { CLinux.unlink(path) }
    let descriptor = try address.listen { _, _ throws(SystemError) in }
    // Whoever may reach the file may connect; who it is, the kernel says, and whether it may call, the team's file.
    chmod(path, 0o666)
    return (descriptor, FileIdentity(path))
  }
}
