internal import Foundation
internal import Synchronization

/// Stands in for systemd's socket of notifications (sd_notify(3)).
package final class ServiceManagerSocket: Sendable {
  /// What NOTIFY_SOCKET has to be.
  package let name: String

  private let descriptor: Int32
  private let received = Mutex<[String]>([])
  private let scratch: Scratch

  /// - Parameters:
  ///   - isAbstract: without a file (unix(7)).
  ///   - isReading: false = only from `read` on.
  package init(isAbstract: Bool = false, isReading: Bool = true) throws {
    scratch = try Scratch()
    name = isAbstract ? "@convene-\(UUID().uuidString)" : scratch.path("notify")
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = isAbstract ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t((MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 0) + bytes.count)
    let isBound = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
    }
    guard isBound else { throw Failure("no socket: \(String(cString: strerror(errno)))") }
    if isReading { read() }
  }

  /// Takes messages from now on.
  package func read() {
    Thread { [weak self, descriptor] in
      var message = [UInt8](repeating: 0, count: 4096)
      while case let count = recv(descriptor, &message, message.count, 0), count >= 0 {
        guard let self else { return }
        received.withLock { $0.append(String(decoding: message[..<count], as: UTF8.self)) }
      }
    }.start()
  }

  /// Sends itself so many messages that there is no room for another one.
  package func fill() {
    let sender = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(sender) }
    var (address, length) = (sockaddr_un(), socklen_t(MemoryLayout<sockaddr_un>.size))
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        getsockname(descriptor, address, &length)
        while sendto(sender, "x", 1, Int32(MSG_DONTWAIT), address, length) == 1 {}
      }
    }
  }

  deinit {
    shutdown(descriptor, Int32(SHUT_RDWR))
    close(descriptor)
  }

  /// Each message so far, in order.
  package var messages: [String] { received.withLock { $0 } }
}
