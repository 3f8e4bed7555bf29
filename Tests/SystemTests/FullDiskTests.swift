import JSON
import TestKit
import Testing

@Suite("A ledger on a disk that is full", .timeLimit(.minutes(30)), .enabled("needs root", { TinyDisk.isPossible }))
struct FullDiskTests {
  let gate = Gate()
  let disk: TinyDisk
  let upstream: ScriptedUpstream
  let gateway: GatewayProcess

  init() throws {
    let gate = gate
    upstream = try ScriptedUpstream { _, request in
      if String(decoding: request.body, as: UTF8.self).contains("slow") { gate.pass() }
      return .reply(ScriptedUpstream.ok(ScriptedUpstream.conference))
    }
    disk = try TinyDisk(mebibytes: 8)
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.ledger = disk.file("ledger.db")
    options.admin = true
    gateway = try GatewayProcess(options)
  }

  /// Fills the disk until nothing new is taken.
  ///
  /// - Returns: how many creates went out meanwhile.
  private func exhaust() throws -> Int {
    var sent = 0
    var refusals = 0
    while refusals < 2 {
      try disk.fill()
      let reply = try gateway.create(GatewayProcess.command("filling-\(sent)"))
      refusals = reply.status == 200 ? 0 : refusals + 1
      sent += reply.status == 200 ? 1 : 0
    }
    return sent
  }

  @Test("refuses before it sends, settles what was sent, replays what was settled, and recovers with the space")
  func full() throws {
    let known = try gateway.create(GatewayProcess.command("known"))
    #expect(known.status == 200)
    let slow = try gateway.connect()
    try slow.send(
      WireClient.request(
        "POST", "/conferences", GatewayProcess.command("slow", name: "slow"), key: GatewayProcess.key))
    try wait { upstream.requests.count == 2 }
    let sent = try exhaust() + 2
    #expect(upstream.requests.count == sent)

    Refused(503, "ledger_unavailable", "10037").check(try gateway.create(GatewayProcess.command("new")))
    try wait { try gateway.admin("/readyz").text.hasPrefix("the ledger can't be written: the disk is full (since 2") }
    #expect(upstream.requests.count == sent)
    #expect(try gateway.create(GatewayProcess.command("known")).body == known.body)
    #expect(try gateway.state(of: "slow") == "in_flight")
    gate.open()
    #expect(try slow.readReply().status == 200)
    #expect(try gateway.state(of: "slow") == "done")
    #expect(try gateway.create(GatewayProcess.command("slow", name: "slow")).headers["idempotent-replayed"] == "true")

    disk.empty()
    try wait { try gateway.admin("/readyz").status == 200 }
    try wait { try gateway.create(GatewayProcess.command("new")).status == 200 }
    #expect(upstream.requests.count == sent + 1)
    let records = try gateway.recordsAtEnd().map { Record($0) }
    #expect(records.filter { $0.decision == "forwarded" }.count == sent + 1)
    #expect(records.contains(Record("refused", 503, id: "new")))
    #expect(records.contains(Record("replayed", 200, id: "slow")))
  }

  @Test("keeps what was settled through a kill, and starts again while there is no space")
  func killed() throws {
    let known = try gateway.create(GatewayProcess.command("known"))
    _ = try exhaust()
    gateway.kill()
    let next = try gateway.restarted()
    #expect(try next.create(GatewayProcess.command("known")).body == known.body)
    disk.empty()
    try wait { try next.create(GatewayProcess.command("new")).status == 200 }
  }
}
