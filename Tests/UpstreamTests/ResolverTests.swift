import Foundation
import Gateway
import TestKit
import Testing

@Suite("Telnyx by its name", .timeLimit(.minutes(10)))
struct ResolverTests {
  /// libcurl answers `localhost` by itself; this machine's own name has to be looked up.
  static let name = ProcessInfo.processInfo.hostName

  /// libcurl waits for its resolver's thread on a socket that it closes by itself, and the next socket gets that one's
  /// number.
  @Test("a name is looked up and its connection watched", .enabled(if: resolvesToLoopback))
  func resolves() throws {
    let simulator = try SimulatorProcess()
    let port = try #require(simulator.addresses["http"]?.split(separator: ":").last)
    let outcomes = try AttemptRun(3, to: "http://\(Self.name):\(port)/v2", token: SimulatorProcess.token).run()
    for outcome in outcomes {
      guard case .replied(let reply) = outcome else {
        Issue.record("\(outcome)")
        continue
      }
      #expect(reply.status == 200)
    }
  }

  static var resolvesToLoopback: Bool {
    var found: UnsafeMutablePointer<addrinfo>?
    var hints = addrinfo()
    hints.ai_family = AF_INET
    guard name != "localhost", getaddrinfo(name, nil, &hints, &found) == 0, let found else { return false }
    defer { freeaddrinfo(found) }
    return found.pointee.ai_addr.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
      $0.pointee.sin_addr.s_addr == UInt32(INADDR_LOOPBACK).bigEndian
    }
  }
}
