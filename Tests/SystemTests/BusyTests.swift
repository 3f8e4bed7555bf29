import Foundation
import JSON
import TestKit
import Testing

@Suite("A gateway that can't take a request now", .timeLimit(.minutes(30)))
struct BusyTests {
  @Test("says so to one connection too many, and sends nothing")
  func overloaded() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.server = ["max_connections: 1"] }
    let first = try gateway.connect()
    let request = WireClient.request("POST", "/conferences", GatewayProcess.command("c-1"), key: GatewayProcess.key)
    try first.send(String(request.dropLast()))
    let second = try gateway.connect()
    try second.send(WireClient.request("POST", "/conferences", GatewayProcess.command("c-2"), key: GatewayProcess.key))
    Refused(503, "overloaded", "10037").check(try second.readReply())
    #expect(second.readToEnd() == [])
    try first.send(String(request.suffix(1)))
    #expect(try first.readReply().status == 200)
    #expect(try gateway.allRecords() == [Record("refused", 503), Record("forwarded", 200, id: "c-1")])
    #expect(try simulator.received() == 1)
  }

  @Test("says so while it stops, and still answers what is under way and what it knows")
  func draining() throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { number, _ in
      if number == 2 { gate.pass() }
      return .reply(ScriptedUpstream.ok(ScriptedUpstream.conference))
    }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.admin = true
    let gateway = try GatewayProcess(options)
    #expect(try gateway.admin("/ready").status == 200)
    let create = { WireClient.request("POST", "/conferences", GatewayProcess.command($0), key: GatewayProcess.key) }
    let known = try gateway.create(GatewayProcess.command("c-1"))
    let (slow, idle, other) = (try gateway.connect(), try gateway.connect(), try gateway.connect())
    // The gateway has taken all three before it is told to stop.
    for client in [idle, other] {
      try client.send(WireClient.request("GET", "/operations/c-1", "", key: GatewayProcess.key))
      #expect(try client.readReply().status == 200)
    }
    try slow.send(create("c-2"))
    try wait { upstream.requests.count == 2 }
    gateway.process.signal(SIGTERM)
    try wait { (try? gateway.connect()) == nil }
    #expect(try gateway.admin("/ready").status == 503)

    try idle.send(create("c-3"))
    let refused = try idle.readReply()
    Refused(503, "draining", "10037").check(refused)
    #expect(refused.headers["connection"]?.lowercased() == "close")
    try other.send(create("c-1"))
    let replayed = try other.readReply()
    #expect(replayed.status == 200)
    #expect(replayed.body == known.body)

    gate.open()
    #expect(try slow.readReply().status == 200)
    #expect(gateway.process.waitForExit() == 0)
    #expect(upstream.requests.count == 2)
  }

  @Test("is not ready any more while it waits for load balancers to notice, but goes on")
  func delay() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.server = ["drain: {delay: 600s}"]
      $0.admin = true
    }
    gateway.process.signal(SIGTERM)
    try wait { try gateway.admin("/ready").status == 503 }
    #expect(try gateway.admin("/health").status == 200)
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    // A second signal ends the waiting.
    #expect(gateway.terminate() == 0)
  }
}
