import Gateway
import Glibc
import TestKit
import Testing

@Suite("A create that Telnyx doesn't read", .timeLimit(.minutes(30)))
struct GivenUpTests {
  private static let size = 60_000

  @Test("is not sent any further once its attempt was given up")
  func nothingLater() throws {
    let peer = try StalledPeer()
    let crowd = try Crowd(to: peer.url, token: "t", ends: 1, padding: Self.size)
    let outcomes = crowd.run(timeouts: [.milliseconds(300)])
    guard case .lost = outcomes[0] else {
      Issue.record("\(String(describing: outcomes[0]))")
      return
    }
    let read = try peer.readAll()
    #expect(read.count < Self.size)
    #expect(read.error == ECONNRESET)
  }

  @Test("is not sent for longer than an attempt may take, also where nobody is left to give it up")
  func kernelGivesUp() throws {
    let peer = try StalledPeer()
    let crowd = try Crowd(to: peer.url, token: "t", ends: 1, padding: Self.size, attemptTimeout: .milliseconds(200))
    // libcurl's own time is beyond the suite's: the kernel ends it.
    let outcomes = crowd.run(timeouts: [.seconds(3000)])
    guard case .lost = outcomes[0] else {
      Issue.record("\(String(describing: outcomes[0]))")
      return
    }
    #expect(try peer.readAll().count < Self.size)
  }
}
