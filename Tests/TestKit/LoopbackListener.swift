internal import Foundation
internal import Glibc

/// Accepts connections on a free port of this machine, until it goes.
package final class LoopbackListener: Sendable {
  package let port: UInt16
  private let descriptor: Int32

  package init() throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = Self.address(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let size = length
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && listen(descriptor, 64) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    self.descriptor = descriptor
    port = UInt16(bigEndian: address.sin_port)
    guard isListening else { throw Failure("can't listen: error \(errno)") }
  }

  /// Hands on each connection, which is the receiver's to close, on a thread that ends with this object. To be called once.
  package func serve(_ receive: @escaping @Sendable (Int32) -> Void) {
    Thread { [descriptor] in
      while case let connection = accept(descriptor, nil, nil), connection >= 0 { receive(connection) }
      close(descriptor)
    }.start()
  }

  // The thread sees the end, and closes it.
  deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// A connection to a port of this machine, nil where nobody listens there.
  package static func connect(to port: UInt16) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    let isConnected = withUnsafePointer(to: address(port)) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    if isConnected { return descriptor }
    close(descriptor)
    return nil
  }

  private static func address(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    return address
  }
}
