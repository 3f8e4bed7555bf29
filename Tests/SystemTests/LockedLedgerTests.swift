import GRDB
import JSON
import TestKit
import Testing

/// Somebody else holds the ledger's write lock, as a backup tool gone wrong might.
@Suite("A ledger that can't be written", .timeLimit(.minutes(30)))
struct LockedLedgerTests {
  let gate = Gate()
  let upstream: ScriptedUpstream
  let gateway: GatewayProcess

  init() throws {
    let gate = gate
    upstream = try ScriptedUpstream { _, request in
      if String(decoding: request.body, as: UTF8.self).contains("slow") { gate.pass() }
      return .reply(ScriptedUpstream.ok(ScriptedUpstream.conference))
    }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.admin = true
    gateway = try GatewayProcess(options)
  }

  /// Runs the body while nobody else can write.
  private func withLock(_ body: () throws -> Void) throws {
    let ledger = try DatabaseQueue(path: gateway.scratch.path("ledger.db"))
    try ledger.writeWithoutTransaction { database in
      try database.inTransaction(.immediate) {
        try body()
        return .rollback
      }
    }
    try ledger.close()
  }

  @Test("holds back an outcome until it is durable")
  func outcome() throws {
    let client = try gateway.connect()
    try client.send(
      WireClient.request("POST", "/conferences", GatewayProcess.command("c-1", name: "slow"), key: GatewayProcess.key))
    try wait { upstream.requests.count == 1 }
    try withLock {
      gate.open()
      try wait { try gateway.admin("/metrics").text.contains("convene_commands_executed_total 1") }
      #expect(try gateway.admin("/health").status == 200)
      #expect(client.isSilent)
    }
    #expect(try client.readReply().status == 200)
    #expect(try gateway.allRecords() == [Record("forwarded", 200, id: "c-1")])
  }

  @Test("sends nothing new, but still knows what it knew; then goes on")
  func admission() throws {
    let known = try gateway.create(GatewayProcess.command("known"))
    #expect(known.status == 200)
    try withLock {
      Refused(503, "ledger_unavailable", "10037").check(try gateway.create(GatewayProcess.command("c-1")))
      #expect(try gateway.create(GatewayProcess.command("known")).body == known.body)
      #expect(upstream.requests.count == 1)
    }
    try wait { try gateway.create(GatewayProcess.command("c-1")).status == 200 }
    let records = try gateway.allRecords()
    #expect(records.contains(Record("refused", 503, id: "c-1")))
    #expect(records.contains(Record("replayed", 200, id: "known")))
    #expect(records.last == Record("forwarded", 200, id: "c-1"))
  }

  @Test("says at its end how many records it could not write")
  func ending() throws {
    #expect(try gateway.create(GatewayProcess.command("known")).status == 200)
    try withLock {
      let reply = try gateway.create(GatewayProcess.command("known"))
      #expect(reply.status == 200)
      _ = gateway.terminate()
    }
    let said = ChildProcess.jsonLines(gateway.process.standardError).filter { $0["level"]?.string == "critical" }
    #expect(said.map { $0["message"]?.string } == ["audit records could not be written, and are lost"])
    #expect(said.map { $0["count"]?.string } == ["1"])
  }
}
