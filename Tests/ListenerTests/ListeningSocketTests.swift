import EventLoop
import Foundation
import Gateway
import Listener
import TestKit
import Testing

@Suite("A Unix socket's file", .timeLimit(.minutes(10)))
struct ListeningSocketTests {
  private let scratch: Scratch
  private let path: String

  init() throws {
    scratch = try Scratch()
    path = scratch.path("s")
  }

  private func listen() throws -> ListeningSocket { try ListeningSocket(.unix(path: path), isShared: false) }

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

  @Test("must have a path that fits")
  func longPath() {
    #expect(throws: SystemError("bind", code: ENAMETOOLONG)) {
      try ListeningSocket(.unix(path: "/" + String(repeating: "x", count: 108)), isShared: false)
    }
  }
}
