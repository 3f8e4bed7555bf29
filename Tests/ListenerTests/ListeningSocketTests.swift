import EventLoop
import Foundation
import Gateway
import Listener
import TestKit
import Testing

@Suite("A Unix socket's file", .timeLimit(.minutes(30)))
struct ListeningSocketTests {
  private let scratch: Scratch
  private let path: String

  init() throws {
    scratch = try Scratch()
    path = scratch.path("s")
  }

  private func listen() throws -> ListeningSocket { try ListeningSocket(.unix(path: path)) }

  private var exists: Bool { FileManager.default.fileExists(atPath: path) }

  @Test("is replaced where nobody listens on it any more")
  func stale() throws {
    _ = try listen()
    #expect(exists)
    let socket = try listen()
    withExtendedLifetime(try WireClient(address: "unix:\(path)")) {}
    socket.unlink()
    #expect(!exists)
  }

  @Test("is left to whoever listens on it")
  func live() throws {
    let socket = try listen()
    #expect(throws: SystemError("bind", code: EADDRINUSE)) { try self.listen() }
    withExtendedLifetime(try WireClient(address: "unix:\(path)")) {}
    withExtendedLifetime(socket) {}
  }

  @Test("is never any other file")
  func otherFile() throws {
    try "precious".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(throws: SystemError("bind", code: EADDRINUSE)) { try self.listen() }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
  }

  @Test("is not removed by who had it before another took its place")
  func replaced() throws {
    let first = try listen()
    try FileManager.default.removeItem(atPath: path)
    let second = try listen()
    first.unlink()
    #expect(exists)
    second.unlink()
    #expect(!exists)
  }

  @Test("is taken by one of many that find it left over at the same moment")
  func race() throws {
    for _ in 0..<20 {
      _ = try listen()
      let sockets = try concurrently(8) { _ in try? self.listen() }
      let taken = sockets.compactMap(\.self)
      #expect(taken.count == 1)
      withExtendedLifetime(try WireClient(address: "unix:\(path)")) {}
      taken.first?.unlink()
    }
  }

  @Test("must have a path that fits")
  func longPath() {
    #expect(throws: SystemError("bind", code: ENAMETOOLONG)) {
      try ListeningSocket(.unix(path: "/" + String(repeating: "x", count: 108)))
    }
  }
}

@Suite("A port", .timeLimit(.minutes(30)))
struct PortTests {
  /// A port that was free a moment ago.
  private func port() throws -> UInt16 {
    guard case .tcp(_, let port) = try ListeningSocket(.tcp(host: "127.0.0.1", port: 0)).address else { return 0 }
    return port
  }

  @Test(
    "is listened on once",
    arguments: [
      ("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "0.0.0.0"), ("0.0.0.0", "127.0.0.1"), ("::", "::"), ("::1", "::"),
    ])
  func once(first: String, second: String) throws {
    let port = try port()
    let socket = try ListeningSocket(.tcp(host: first, port: port))
    #expect(throws: SystemError("bind", code: EADDRINUSE)) {
      try ListeningSocket(.tcp(host: second, port: port))
    }
    withExtendedLifetime(socket) {}
  }

  @Test("is one of IPv4 and one of IPv6", arguments: [("0.0.0.0", "::"), ("::", "0.0.0.0"), ("127.0.0.1", "::1")])
  func bothFamilies(first: String, second: String) throws {
    let port = try port()
    let sockets = try [first, second].map { try ListeningSocket(.tcp(host: $0, port: port)) }
    #expect(sockets.count == 2)
  }

  @Test("can be listened on again at once, although connections of before linger")
  func again() throws {
    let port = try port()
    for _ in 0..<3 {
      let listener = try ListeningSocket(.tcp(host: "127.0.0.1", port: port))
      withExtendedLifetime(try WireClient(address: "127.0.0.1:\(port)")) {}
      withExtendedLifetime(listener) {}
    }
  }
}
