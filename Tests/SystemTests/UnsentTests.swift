import Glibc
import TestKit
import Testing

@Suite("What the kernel holds of a create", .timeLimit(.minutes(30)))
struct UnsentTests {
  private static let padding = 60_000

  @Test("is dropped with the process: no byte of it leaves once nobody is left who counts the time")
  func dropped() throws {
    let peer = try StalledPeer()
    let gateway = try GatewayProcess(GatewayProcess.Options(upstream: peer.url))
    let client = try gateway.connect()
    let body = GatewayProcess.command(
      "c-1", name: "daily", #""padding":"\#(String(repeating: "x", count: Self.padding))""#)
    try client.send(WireClient.request("POST", "/v2/conferences", body, key: GatewayProcess.key))
    try peer.waitForBytes()
    gateway.kill()
    let read = try peer.readAll()
    #expect(read.error == ECONNRESET)
    #expect(read.count < Self.padding)
  }
}
