internal import Foundation
internal import Glibc
internal import Synchronization

/// An HTTP proxy in the test's own process that knows CONNECT and nothing else: it keeps what it was asked, and opens a tunnel to
/// the asked port of this machine, whatever the name, or answers as it is told.
package final class ConnectProxy: Sendable {
  package enum Reaction: Sendable {
    case tunnel
    /// This status, and the end of the connection.
    case refuse(Int)
    /// Nothing, and the end of the connection.
    case close
    /// Nothing any more, but the connection stays.
    case hang
  }

  private struct State {
    var heads: [String] = []
    var open: [Int32] = []
  }

  private let listener: LoopbackListener
  private let react: @Sendable (_ head: String) -> Reaction
  private let state = Mutex(State())

  /// - Parameter react: called on a connection's own thread with the head that it was asked by.
  package init(_ react: @escaping @Sendable (_ head: String) -> Reaction = { _ in .tunnel }) throws {
    self.react = react
    listener = try LoopbackListener()
    listener.serve { [weak self] in self?.serve($0) }
  }

  deinit {
    // Their threads see the end, and close them.
    for connection in state.withLock({ $0.open }) { shutdown(connection, Int32(SHUT_RDWR)) }
  }

  package var address: String { "127.0.0.1:\(listener.port)" }
  package var url: String { "http://\(address)" }

  /// What it was asked, each head without its empty line.
  package var heads: [String] { state.withLock { $0.heads } }

  private func serve(_ client: Int32) {
    state.withLock { $0.open.append(client) }
    Thread { [weak self] in
      if let head = Self.readHead(client), let self {
        state.withLock { $0.heads.append(head) }
        perform(react(head), head, client)
      }
      self?.state.withLock { $0.open.removeAll { $0 == client } }
      close(client)
    }.start()
  }

  private func perform(_ reaction: Reaction, _ head: String, _ client: Int32) {
    switch reaction {
    case .refuse(let status):
      let text = "HTTP/1.1 \(status) No\r\nProxy-Authenticate: Basic realm=\"egress\"\r\nContent-Length: 0\r\n\r\n"
      send(client, text, text.utf8.count, Int32(MSG_NOSIGNAL))
    case .close: break
    case .hang: Self.drain(client)
    case .tunnel:
      // CONNECT HOST:PORT HTTP/1.1
      guard let port = head.split(separator: " ").dropFirst().first?.split(separator: ":").last.flatMap({ UInt16($0) })
      else { return }
      let server = LoopbackListener.connect(to: port)
      let text = server == nil ? "HTTP/1.1 502 Bad Gateway\r\n\r\n" : "HTTP/1.1 200 Connection established\r\n\r\n"
      send(client, text, text.utf8.count, Int32(MSG_NOSIGNAL))
      guard let server else { return }
      defer { close(server) }
      let back = Background { Self.pump(server, to: client) }
      Self.pump(client, to: server)
      try? back.value()
    }
  }

  private static func drain(_ socket: Int32) {
    var byte: UInt8 = 0
    while recv(socket, &byte, 1, 0) > 0 {}
  }

  private static func pump(_ source: Int32, to target: Int32) {
    var bytes = [UInt8](repeating: 0, count: 16 << 10)
    while case let count = recv(source, &bytes, bytes.count, 0), count > 0 {
      guard send(target, bytes, count, Int32(MSG_NOSIGNAL)) == count else { break }
    }
    shutdown(source, Int32(SHUT_RD))
    shutdown(target, Int32(SHUT_WR))
  }

  /// Not a byte more than the head is read.
  private static func readHead(_ client: Int32) -> String? {
    var head: [UInt8] = []
    var byte: UInt8 = 0
    while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      guard recv(client, &byte, 1, 0) == 1, head.count < 1 << 14 else { return nil }
      head.append(byte)
    }
    return String(decoding: head.dropLast(4), as: UTF8.self)
  }
}
