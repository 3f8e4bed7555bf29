internal import CLinux
internal import EventLoop
internal import Glibc

/// Tells the service manager what becomes of the process: a datagram a message, to the socket that it has named (sd_notify(3)).
/// Where it has named none, nothing is told.
///
/// Nothing waits for it: what its socket has no room for is sent later, where it still holds then.
final class ServiceManager {
  private let socket: String?
  /// What it has not been told yet of how things stand.
  private var untold: String?
  /// How long it waits for a sign of life before it kills; nil = for ever.
  private let patience: Duration?

  /// - Parameter environment: systemd sets NOTIFY_SOCKET and, with WatchdogSec=, WATCHDOG_USEC and WATCHDOG_PID.
  init(environment: [String: String]) {
    socket = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
    let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
    patience =
      isMeant ? environment["WATCHDOG_USEC"].flatMap { Int64($0) }.flatMap { $0 > 0 ? .microseconds($0) : nil } : nil
  }

  /// How often a sign of life is due: a third of the time, so that one may be lost; nil = never.
  var signInterval: Duration? { socket == nil ? nil : patience.map { $0 / 3 } }

  /// All is open.
  func ready(status: String) { tell("READY=1\nSTATUS=\(status)") }

  /// The configuration is being read anew; `ready` says that this is over, whatever came of it.
  func reloading() {
    // Since systemd 253, `Type=notify-reload` goes by the time at which it began.
    tell("RELOADING=1\nMONOTONIC_USEC=\(MonotonicTime.now.nanoseconds / 1000)\nSTATUS=reading the configuration anew")
  }

  func stopping(status: String) { tell("STOPPING=1\nSTATUS=\(status)") }

  /// A sign of life.
  func alive() { _ = send("WATCHDOG=1") }

  /// Tells what there was no room for. To be called about once a second.
  func tellAgain() {
    if let untold { tell(untold) }
  }

  private func tell(_ text: String) { untold = send(text) ? nil : text }

  /// - Returns: false where there is no room now.
  private func send(_ text: String) -> Bool {
    guard let socket, let (address, length) = Self.address(of: socket) else { return true }
    let descriptor = CLinux.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    let sent = withUnsafePointer(to: address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), address, length)
      }
    }
    return sent >= 0 || errno != EAGAIN
  }

  /// - Parameter socket: a path, or `@` and a name in the abstract namespace (unix(7)).
  private static func address(of socket: String) -> (sockaddr_un, socklen_t)? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(socket.utf8)
    guard bytes.first == UInt8(ascii: "/") || bytes.first == UInt8(ascii: "@") else { return nil }
    if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
      guard bytes.count < room.count else { return false }
      room.copyBytes(from: bytes)
      return true
    }
    let start = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 0
    return fits ? (address, socklen_t(start + bytes.count)) : nil
  }
}
