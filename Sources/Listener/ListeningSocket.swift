internal import CLinux
package import EventLoop
package import Gateway

/// A socket that listens. Closed with its last owner; a Unix socket's file is removed by `unlink`.
package final class ListeningSocket: Sendable {
  let descriptor: Int32
  /// What is really listened on: the port that the system chose, where 0 was asked for.
  package let address: ListenAddress

  /// - Parameter isShared: several sockets of this process will listen on the address (SO_REUSEPORT).
  package init(_ address: ListenAddress, isShared: Bool) throws(SystemError) {
    switch address {
    case .tcp(let host, let port):
      descriptor = try SocketAddress.ip(host, port: port).listen { socket throws(SystemError) in
        try Self.enable(SO_REUSEADDR, on: socket)
        if isShared { try Self.enable(SO_REUSEPORT, on: socket) }
      }
    case .unix(let path):
      let socketAddress = try SocketAddress.unix(path)
      // A socket file that nobody listens on is left over from a process that was killed.
      if try socketAddress.isStale(path) { CLinux.unlink(path) }
      descriptor = try socketAddress.listen { _ throws(SystemError) in }
      // Whoever may reach the file may connect; who it is, the kernel says, and whether it may call, the team's file.
      chmod(path, 0o666)
    }
    self.address = SocketAddress.bound(descriptor, as: address)
  }

  deinit { close(descriptor) }

  /// Refuses connections from now on, although the descriptor stays open.
  func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Removes a Unix socket's file, so that the next connection is refused at once.
  package func unlink() {
    if case .unix(let path) = address { CLinux.unlink(path) }
  }

  private static func enable(_ option: Int32, on socket: Int32) throws(SystemError) {
    var one: Int32 = 1
    guard setsockopt(socket, SOL_SOCKET, option, &one, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
      throw .last("setsockopt")
    }
  }
}
