internal import Foundation
internal import Glibc
internal import Synchronization

/// A server in the test's own process that keeps every byte it gets and answers as a script says: for what the
/// simulator doesn't tell (the bytes of a resend) or doesn't do (replies that no Telnyx would give).
package final class ScriptedUpstream: Sendable {
  package struct Request: Sendable, Equatable {
    /// The head as it came, its empty line left out.
    package let head: String
    package let body: [UInt8]

    /// The lines of the head whose field has this name (in lower case).
    package func lines(named name: String) -> [String] {
      head.split(separator: "\r\n").map { String($0) }.filter { $0.lowercased().hasPrefix(name + ":") }
    }
  }

  package enum Reaction: Sendable {
    /// These bytes; the connection stays.
    case reply(String)
    /// The same, of what is no text.
    case bytes([UInt8])
    /// These bytes, and the end of the connection.
    case last(String)
    /// Nothing any more, but the connection stays.
    case hang
  }

  package typealias Script = @Sendable (_ number: Int, _ request: Request) -> Reaction

  private let listener: LoopbackListener
  private let script: Script
  private struct Received {
    var requests: [Request] = []
    var times: [ContinuousClock.Instant] = []
    var open: [Int32] = []
  }

  private let received = Mutex(Received())

  /// - Parameter script: called on a connection's own thread; requests count from 1, over all connections.
  package init(_ script: @escaping Script) throws {
    self.script = script
    listener = try LoopbackListener()
    listener.serve { [weak self] in self?.serve($0) }
  }

  deinit {
    // Their threads see the end, and close them.
    for connection in received.withLock({ $0.open }) { shutdown(connection, Int32(SHUT_RDWR)) }
  }

  package var url: String { "http://127.0.0.1:\(listener.port)/v2" }

  /// The creates among the requests: look-ups left out.
  package var creates: [Request] { requests.filter { $0.head.hasPrefix("POST ") } }

  package var requests: [Request] { received.withLock { $0.requests } }

  /// Between each request and the one before it.
  package var pauses: [Duration] {
    let times = received.withLock { $0.times }
    return zip(times.dropFirst(), times).map { $0 - $1 }
  }

  private func serve(_ connection: Int32) {
    received.withLock { $0.open.append(connection) }
    Thread { [weak self] in
      var buffer: [UInt8] = []
      while let request = Self.read(connection, &buffer), let reaction = self?.react(to: request),
        Self.perform(reaction, on: connection)
      {}
      self?.received.withLock { $0.open.removeAll { $0 == connection } }
      close(connection)
    }.start()
  }

  private func react(to request: Request) -> Reaction {
    let number = received.withLock {
      $0.requests.append(request)
      $0.times.append(.now)
      return $0.requests.count
    }
    return script(number, request)
  }

  /// - Returns: whether another request may come.
  private static func perform(_ reaction: Reaction, on connection: Int32) -> Bool {
    switch reaction {
    case .reply(let text): return write(Array(text.utf8), to: connection)
    case .bytes(let bytes): return write(bytes, to: connection)
    case .last(let text):
      _ = write(Array(text.utf8), to: connection)
      return false
    case .hang:
      var byte: UInt8 = 0
      while recv(connection, &byte, 1, 0) > 0 {}
      return false
    }
  }

  private static func write(_ bytes: [UInt8], to connection: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private static func read(_ connection: Int32, _ buffer: inout [UInt8]) -> Request? {
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      if let (head, body, length) = WireReply.message(buffer) {
        buffer.removeFirst(length)
        return Request(head: head, body: body)
      }
      let count = recv(connection, &chunk, chunk.count, 0)
      guard count > 0 else { return nil }
      buffer += chunk[..<count]
    }
  }
}

extension ScriptedUpstream {
  /// A reply of Telnyx's, with its length.
  package static func ok(_ body: String, status: String = "200 OK", headers: [String] = []) -> String {
    let lines =
      ["HTTP/1.1 \(status)", "content-type: application/json", "content-length: \(body.utf8.count)"] + headers
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
  }

  /// The same with a body that is no text.
  package static func ok(_ body: [UInt8], headers: [String] = []) -> Reaction {
    let lines = ["HTTP/1.1 200 OK", "content-type: application/json", "content-length: \(body.count)"] + headers
    return .bytes(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
  }

  package static let conference = #"{"data":{"record_type":"conference","id":"a-conference","name":"daily"}}"#
}
