import TestKit
import Testing

@Suite("A 429 of Telnyx's", .timeLimit(.minutes(5)))
struct ThrottledTests {
  @Test(
    "goes through with a wait that SDKs heed",
    arguments: [
      ("status=429", "1"), ("status=429,retry-after=7", "7"), ("status=429,retry-after=600", "60"),
      ("status=429,header=x-ratelimit-reset:9", "9"), ("status=429,retry-after=0", "1"),
      ("status=429,header=retry-after:soon", "1"),
    ])
  func wait(fault: String, seconds: String) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    try simulator.queue(faults: fault)
    let reply = try gateway.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 429)
    #expect(reply.code == "10011")
    #expect(reply.headers["retry-after"] == seconds)
    #expect(reply.meta == nil)
    // Not executed: a repeat is a new try.
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    #expect(try gateway.allRecords() == [Record("forwarded", 429, id: "c-1"), Record("forwarded", 200, id: "c-1")])
  }

  @Test("goes through with Telnyx's own rate fields")
  func fields() throws {
    let simulator = try SimulatorProcess(["--rate", "0"])
    let gateway = try GatewayProcess(before: simulator)
    let reply = try gateway.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 429)
    #expect(reply.headers["x-ratelimit-limit"] == "0")
    #expect(reply.headers["x-ratelimit-remaining"] == "0")
    #expect(reply.headers["x-ratelimit-reset"] == "1")
    #expect(try simulator.received() == 1)
  }
}
