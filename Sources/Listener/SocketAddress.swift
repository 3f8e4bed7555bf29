internal import CLinux
internal import EventLoop
internal import Gateway

/// A sockaddr of one of three kinds, with the length that counts.
struct SocketAddress {
  private var storage: sockaddr_storage
  private let length: socklen_t

  static func ip(_ host: String, port: UInt16) throws(SystemError) -> SocketAddress {
    var v4 = sockaddr_in()
    if inet_pton(AF_INET, host, &v4.sin_addr) == 1 {
      v4.sin_family = sa_family_t(AF_INET)
      v4.sin_port = port.bigEndian
      return SocketAddress(v4)
    }
    var v6 = sockaddr_in6()
    guard inet_pton(AF_INET6, host, &v6.sin6_addr) == 1 else { throw SystemError("inet_pton", code: EINVAL) }
    v6.sin6_family = sa_family_t(AF_INET6)
    v6.sin6_port = port.bigEndian
    return SocketAddress(v6)
  }

  static func unix(_ path: String) throws(SystemError) -> SocketAddress {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
      guard bytes.count < room.count else { return false }
      room.copyBytes(from: bytes)
      return true
    }
    guard fits else { throw SystemError("bind", code: ENAMETOOLONG) }
    return SocketAddress(address)
  }

  private init<Address>(_ address: Address) {
    storage = sockaddr_storage()
    length = socklen_t(MemoryLayout<Address>.size)
    withUnsafeMutableBytes(of: &storage) { room in
      withUnsafeBytes(of: address) { room.copyMemory(from: $0) }
    }
  }

  /// A bound, listening socket that doesn't block.
  ///
  /// - Parameter configure: gets the socket before it is bound, and its family.
  func listen(configure: (Int32, Int32) throws(SystemError) -> Void) throws(SystemError) -> Int32 {
    let socket = try bound(configure: configure)
    do throws(SystemError) {
      guard CLinux.listen(socket, Int32(SOMAXCONN)) == 0 else { throw .last("listen") }
      return socket
    } catch {
      close(socket)
      throw error
    }
  }

  /// A bound socket. Nobody can connect to it yet.
  func bound(configure: (Int32, Int32) throws(SystemError) -> Void) throws(SystemError) -> Int32 {
    let socket = try open()
    do throws(SystemError) {
      try configure(socket, Int32(storage.ss_family))
      try call("bind") { bind(socket, $0, $1) }
      return socket
    } catch {
      close(socket)
      throw error
    }
  }

  /// Whether there is a Unix socket's file at the path, but nobody listens on it. To connect(2) any other file is the
  /// same, and that must not be removed.
  func isStale(_ path: String) throws(SystemError) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0, Int32(status.st_mode) & Int32(S_IFMT) == Int32(S_IFSOCK) else { return false }
    let socket = try open()
    defer { close(socket) }
    do throws(SystemError) {
      try call("connect") { connect(socket, $0, $1) }
    } catch {
      return error.code == ECONNREFUSED
    }
    return false
  }

  private func open() throws(SystemError) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let socket = CLinux.socket(Int32(storage.ss_family), type, 0)
    guard socket >= 0 else { throw .last("socket") }
    return socket
  }

  private func call(
    _ name: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws(SystemError) {
    let (result, error) = withUnsafePointer(to: storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        let result = body(address, length)
        return (result, convene_errno())
      }
    }
    guard result == 0 else { throw SystemError(name, code: error) }
  }

  /// What a socket is bound to: asked for the port that the system chose.
  static func bound(_ socket: Int32, as asked: ListenAddress) -> ListenAddress {
    guard case .tcp(let host, _) = asked else { return asked }
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    withUnsafeMutablePointer(to: &storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(socket, $0, &length) }
    }
    // The port stands at the same place in both families.
    let port = withUnsafeBytes(of: storage) { $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self) }
    return .tcp(host: host, port: UInt16(bigEndian: port))
  }

  private static func string(_ text: [CChar]) -> String {
    String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// `127.0.0.1:50312` or `[::1]:50312`.
  static func text(of address: UnsafePointer<sockaddr>) -> String? {
    let raw = UnsafeRawPointer(address)
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    switch Int32(address.pointee.sa_family) {
    case AF_INET:
      var v4 = raw.loadUnaligned(as: sockaddr_in.self)
      guard inet_ntop(AF_INET, &v4.sin_addr, &text, socklen_t(text.count)) != nil else { return nil }
      return "\(string(text)):\(UInt16(bigEndian: v4.sin_port))"
    case AF_INET6:
      var v6 = raw.loadUnaligned(as: sockaddr_in6.self)
      guard inet_ntop(AF_INET6, &v6.sin6_addr, &text, socklen_t(text.count)) != nil else { return nil }
      return "[\(string(text))]:\(UInt16(bigEndian: v6.sin6_port))"
    default: return nil
    }
  }
}
