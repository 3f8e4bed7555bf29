import TestKit
import Testing

@Suite("A 429 of Telnyx's", .timeLimit(.minutes(30)))
struct ThrottledTests {
  @Test(
    "goes through with a wait that SDKs heed",
    arguments: [
      ("status=429", "1"), ("status=429,retry-after=7", "7"), ("status=429,retry-after=600", "60"),
      ("status=429,header=x-ratelimit-reset:9", "9"), ("status=429,retry-after=0", "1"),
      ("status=429,header=retry-after:soon", "1"), ("status=429,header=retry-after:-5", "1"),
      ("status=429,header=retry-after:99999999999999999999", "60"), ("status=429,header=x-ratelimit-reset:99", "60"),
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

  @Test(
    "goes through with the seconds until the moment that it names, by Telnyx's clock",
    arguments: [
      "Retry-After: Mon, 23 Nov 2026 18:20:07 GMT", "retry-after: Monday, 23-Nov-26 18:20:07 GMT",
      "retry-after: Mon Nov 23 18:20:07 2026", "x-ratelimit-reset: 1795458007", "x-ratelimit-reset: 1795458006500",
    ])
  func moment(field: String) throws {
    let upstream = try ScriptedUpstream { _, _ in
      .reply(
        ScriptedUpstream.ok(
          "{}", status: "429 Slow", headers: [field, "x-ratelimit-limit: 1", "Date: Mon, 23 Nov 2026 18:20:00 GMT"]))
    }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    let reply = try gateway.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 429)
    #expect(reply.headers["retry-after"] == "7")
    #expect(reply.headers["x-ratelimit-limit"] == "1")
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
