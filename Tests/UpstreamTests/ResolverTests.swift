import Foundation
import Gateway
import Synchronization
import TestKit
import Testing
import Upstream

@Suite("Telnyx by its name", .timeLimit(.minutes(30)))
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

  @Test("addresses that were found are used while new ones are looked up, also in vain", arguments: [true, false])
  func oldAddresses(isSilent: Bool) throws {
    let simulator = try SimulatorProcess()
    let port = try #require(simulator.addresses["http"]?.split(separator: ":").last)
    let looks = Mutex(0)
    let silence = DispatchSemaphore(value: 0)
    defer { silence.signal() }
    let url = "http://Telnyx.Example:\(port)/v2"
    let resolver = HostResolver(url: url, lifetime: .zero) { name in
      let number = looks.withLock { looks in
        looks += 1
        return looks
      }
      if number == 1, name == "telnyx.example" { return .success(["127.0.0.1"]) }
      if isSilent { silence.wait() }
      return .failure(TransportFailure(name: "resolve", detail: "in vain"))
    }
    let outcomes = try AttemptRun(5, to: url, token: SimulatorProcess.token, resolver: resolver).run()
    for outcome in outcomes {
      guard case .replied(let reply) = outcome else {
        Issue.record("\(outcome)")
        continue
      }
      #expect(reply.status == 200)
    }
    try wait { looks.withLock { $0 } == 2 }
  }

  @Test(
    "what is no name is not looked up",
    arguments: ["127.0.0.1", "127.1", "[::1]", "localhost", "LOCALHOST", "x.localhost"])
  func noName(host: String) throws {
    #expect(!HostResolver(url: "https://\(host)/v2").isNeeded)
    #expect(HostResolver(url: "https://api.\(host.filter(\.isLetter)).example/v2").isNeeded)
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
