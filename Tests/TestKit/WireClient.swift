internal import Glibc

/// A TCP or Unix connection, in the clear where nothing else is said. HTTP is spelled out, so that a test sees every byte.
///
/// Not for two threads at once.
package final class WireClient {
  private let descriptor: Int32
  private var received: [UInt8] = []
  private var tls: TLSChannel?

  /// The same with TLS, its handshake done.
  package convenience init(address: String, tls settings: TLSClientSettings) throws {
    try self.init(address: address)
    tls = try TLSChannel(settings, over: descriptor)
  }

  /// `TLSv1.3`; nil = in the clear.
  package var tlsVersion: String? { tls?.version }

  /// OpenSSL's words for what has ended it, if it did not end as it should.
  package var tlsFault: String? { tls?.fault }

  /// - Parameter address: `127.0.0.1:PORT`, or `unix:PATH`.
  package init(address: String) throws {
    if address.hasPrefix("unix:") {
      descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var unix = sockaddr_un()
      unix.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &unix.sun_path) { $0.copyBytes(from: address.dropFirst(5).utf8.prefix($0.count - 1)) }
      try connect(unix, to: address)
    } else {
      let port = try unwrap(UInt16(address.split(separator: ":").last ?? ""), "no port in \(address)")
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var inet = sockaddr_in()
      inet.sin_family = sa_family_t(AF_INET)
      inet.sin_port = port.bigEndian
      inet.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
      try connect(inet, to: address)
    }
  }

  private func connect<Address>(_ address: Address, to name: String) throws {
    let outcome = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
      }
    }
    guard outcome == 0 else { throw Failure("can't connect to \(name): error \(errno)") }
    // An answer that never comes must fail one test, not stop all.
    var patience = timeval(tv_sec: 40, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// - Parameter key: the bearer; nil for none.
  package static func request(
    _ method: String, _ path: String, _ body: String, key: String?, headers: [String] = []
  ) -> String {
    let lines =
      [
        "\(method) \(path) HTTP/1.1", "Host: localhost", "Content-Type: application/json",
        "Content-Length: \(body.utf8.count)",
      ] + (key.map { ["Authorization: Bearer \($0)"] } ?? []) + headers
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
  }

  package func send(_ text: String) throws { try send(Array(text.utf8)) }

  package func send(_ bytes: [UInt8]) throws {
    if let tls { return try tls.send(bytes) }
    guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw Failure("the connection took not all: error \(errno)")
    }
  }

  /// Sends a create with the given fault.
  package func create(_ body: String, fault: String) throws {
    try send(
      Self.request(
        "POST", "/v2/conferences", body, key: SimulatorProcess.token, headers: ["x-simulator-fault: \(fault)"]))
  }

  /// Says that nothing more will come; replies can still be read.
  package func endSending() {
    tls?.endSending()
    _ = shutdown(descriptor, Int32(SHUT_WR))
  }

  /// From now on closing is a reset, as when a process dies with unread bytes.
  package func willReset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
  }

  /// What the next read brings, which is empty at the end, or nil after a reset.
  package func read() -> [UInt8]? {
    if let tls { return tls.read() }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count < 0 ? nil : Array(buffer[..<count])
  }

  /// All until the end of the connection, or nil if that is a reset.
  package func readToEnd() -> [UInt8]? {
    var all = received
    while let part = read() {
      if part.isEmpty { return all }
      all += part
    }
    return nil
  }

  /// Sends a byte about every 20 ms, over and over the same ones, until the other end closes the connection.
  ///
  /// - Returns: what it said before.
  package func trickle(_ text: String) -> [UInt8] {
    var answer: [UInt8] = []
    while true {
      for byte in text.utf8 {
        guard (try? send([byte])) != nil else { return answer }
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, 20) > 0 else { continue }
        guard let part = read(), !part.isEmpty else { return answer }
        answer += part
      }
    }
  }

  /// Whether the connection is open and has nothing to read.
  package var isSilent: Bool {
    var byte: UInt8 = 0
    return recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT) | Int32(MSG_PEEK)) < 0 && errno == EAGAIN
  }

  /// One reply with its Content-Length; bytes beyond it stay for the next.
  package func readReply() throws -> WireReply {
    while true {
      if let (reply, length) = WireReply.parse(received) {
        received.removeFirst(length)
        return reply
      }
      let part = try unwrap(read(), "the connection was reset")
      guard !part.isEmpty else { throw Failure("the connection was closed") }
      received += part
    }
  }
}
