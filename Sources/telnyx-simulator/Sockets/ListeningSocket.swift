import Glibc

/// One listening TCP socket. It lives as long as the process.
struct ListeningSocket: Sendable {
  private let descriptor: Int32
  /// `HOST:PORT` as it came to be, so with the port that the kernel chose for port 0.
  let address: String

  init(_ wanted: ListenAddress) throws(SocketError) {
    let what = "listen on \(wanted.host):\(wanted.port)"
    var hints = addrinfo()
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let outcome = getaddrinfo(wanted.host, String(wanted.port), &hints, &found)
    guard outcome == 0, let first = found else {
      throw SocketError(what, reason: String(cString: gai_strerror(outcome)))
    }
    defer { freeaddrinfo(first) }

    descriptor = socket(first.pointee.ai_family, first.pointee.ai_socktype, first.pointee.ai_protocol)
    guard descriptor >= 0 else { throw SocketError(what) }
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    guard bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0, listen(descriptor, 1024) == 0 else {
      throw SocketError(what)
    }
    address = try Self.name(of: descriptor)
  }

  /// The next client's socket, blocking and with Nagle's algorithm off: a trickled byte is to leave at once.
  func accept() -> Int32 {
    while true {
      let client = Glibc.accept(descriptor, nil, nil)
      if client >= 0 {
        var on: Int32 = 1
        setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return client
      }
      // Out of descriptors: the client stays in the backlog; without a pause this loop would spin.
      if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM { pause(milliseconds: 10) }
    }
  }

  private static func name(of descriptor: Int32) throws(SocketError) -> String {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
    let outcome = withUnsafeMutablePointer(to: &storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard getsockname(descriptor, address, &length) == 0 else { return EAI_SYSTEM }
        return getnameinfo(
          address, length, &host, socklen_t(host.count), &port, socklen_t(port.count), NI_NUMERICHOST | NI_NUMERICSERV)
      }
    }
    guard outcome == 0 else { throw SocketError("name a listener", reason: String(cString: gai_strerror(outcome))) }
    let (name, number) = (text(host), text(port))
    return storage.ss_family == sa_family_t(AF_INET6) ? "[\(name)]:\(number)" : "\(name):\(number)"
  }

  private static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
