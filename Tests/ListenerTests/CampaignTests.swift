import Gateway
import TestKit
import Testing

/// Random damage, the same every time for a seed. One that breaks something belongs into the tables of the other suites.
@Suite("A campaign of damaged requests", .timeLimit(.minutes(30)))
struct CampaignTests {
  @Test(
    "each is answered or closed, and afterwards all is as before",
    arguments: [
      3_566_842_379_029_460_260, UInt64.random(in: 1...UInt64.max), 1,
    ])
  func campaign(seed: UInt64) throws {
    print("seed \(seed)")
    let listener = try RunningListener {
      $0.maxBody = 4096
      $0.headerTimeout = .milliseconds(500)
      $0.bodyTimeout = .milliseconds(500)
      $0.idleTimeout = .milliseconds(500)
    }
    var damage = Damage(seed: seed)
    // In batches, so that those which wait for a deadline wait together.
    for _ in 0..<10 {
      let clients = try (0..<100).map { _ in try send(damage.request(), to: listener) }
      for client in clients {
        guard let answer = client.readToEnd(), !answer.isEmpty else { continue }
        #expect(answer.starts(with: "HTTP/1.1 ".utf8), "seed \(seed)")
      }
    }
    try listener.waitForConnections(0)
    let client = try listener.connect()
    try client.send(RequestTests.post("as before"))
    #expect(try client.readReply().text == "as before")
  }

  private func send(_ bytes: [UInt8], to listener: RunningListener) throws -> WireClient {
    let client = try listener.connect()
    // A refusal may close the connection before all is sent.
    try? client.send(bytes)
    if bytes.count % 3 == 0 { client.endSending() }
    return client
  }
}
