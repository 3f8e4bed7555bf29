import Glibc
import Testing

/// A plain TCP connection to the simulator. HTTP is spelled out, so that a test sees every byte.
final class WireClient {
  private let descriptor: Int32
  private var received: [UInt8] = []

  init(port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    let outcome = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(outcome == 0)
  }

  deinit { close(descriptor) }

  static func request(_ method: String, _ path: String, _ body: String, headers: [String] = []) -> String {
    let lines =
      [
        "\(method) \(path) HTTP/1.1", "Host: localhost", "Authorization: Bearer \(SimulatorProcess.token)",
        "Content-Type: application/json", "Content-Length: \(body.utf8.count)",
      ] + headers
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
  }

  func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    try #require(Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
  }

  /// Sends a create with the given fault.
  func create(_ body: String, fault: String) throws {
    try send(Self.request("POST", "/v2/conferences", body, headers: ["x-simulator-fault: \(fault)"]))
  }

  /// What the next read brings, which is empty at the end, or nil after a reset.
  func read() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count < 0 ? nil : Array(buffer[..<count])
  }

  /// All until the end of the connection, or nil if that is a reset.
  func readToEnd() -> [UInt8]? {
    var all = received
    while let part = read() {
      if part.isEmpty { return all }
      all += part
    }
    return nil
  }

  /// Whether the connection is open and has nothing to read.
  var isSilent: Bool {
    var byte: UInt8 = 0
    return recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT) | Int32(MSG_PEEK)) < 0 && errno == EAGAIN
  }

  /// One reply with its Content-Length; bytes beyond it stay for the next.
  func readReply() throws -> WireReply {
    while true {
      if let (reply, length) = WireReply.parse(received) {
        received.removeFirst(length)
        return reply
      }
      let part = try #require(read(), "the connection was reset")
      try #require(!part.isEmpty, "the connection was closed")
      received += part
    }
  }
}
