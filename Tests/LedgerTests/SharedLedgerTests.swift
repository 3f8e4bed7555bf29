import Audit
import Conference
import EventLoop
import Gateway
import Ledger
import LedgerPostgres
import Metrics
import Synchronization
import TestKit
import Testing

/// Several replicas of a gateway, each with its own ledger's thread, over one database.
@Suite("Replicas that share a ledger")
struct SharedLedgerTests: ReplicaTests {
  let scene: PostgresScene

  init() throws { scene = try PostgresScene() }

  @Test("admit a command at one of them; at another it waits, and gets the first one's reply")
  func waiting() throws {
    let (one, two) = (try open("one"), try open("two"))
    let mailbox = Mailbox()
    #expect(try one.ask(admission()).isAdmitted)
    let waiter = two.post(admission(), mailbox)
    try two.waitForTurn()
    #expect(!mailbox.hasAnswer(waiter))
    #expect(try two.ask(.inspect(commandID: "command", team: "support")).operation?.state == .inFlight)
    _ = try one.ask(settlement())
    #expect(try mailbox.answer(waiter).reply == reply)
    #expect(try two.ask(admission()).reply == reply)
    #expect(try two.ask(admission(fingerprint: 2)).refusal?.kind == .otherBody)
    #expect(try decisions() == ["conflict", "forwarded", "replayed", "replayed"])
    one.close()
    two.close()
    try checkChains()
  }

  @Test("admit it at another one where the first one's was not executed")
  func freed() throws {
    let (one, two) = (try open("one"), try open("two"))
    let mailbox = Mailbox()
    _ = try one.ask(admission())
    let waiter = two.post(admission(), mailbox)
    try two.waitForTurn()
    _ = try one.ask(settlement("command", .free))
    #expect(try mailbox.answer(waiter).isAdmitted)
  }

  @Test("resume it at another one where the first one can't tell; then the first one has nothing to say any more")
  func resumed() throws {
    let (one, two) = (try open("one"), try open("two"))
    _ = try one.ask(admission())
    _ = try one.ask(settlement("command", .unknown))
    #expect(try two.ask(admission()).windowLeft != nil)
    let mailbox = Mailbox()
    let waiter = one.post(admission(), mailbox)
    try one.waitForTurn()
    #expect(!mailbox.hasAnswer(waiter))
    _ = try two.ask(settlement())
    #expect(try mailbox.answer(waiter).reply == reply)
  }

  @Test("end the wait at its deadline, with a conflict on the record")
  func deadline() throws {
    let (one, two) = (try open("one"), try open("two"))
    let mailbox = Mailbox()
    _ = try one.ask(admission())
    let waiter = two.post(admission(), mailbox)
    try two.waitForTurn()
    two.submit(.leave, for: waiter, to: mailbox)
    #expect(try mailbox.answer(waiter).refusal?.kind == .inFlight)
    #expect(try decisions() == ["conflict"])
  }

  @Test("admit each of many ids once, however many of them ask at the same moment")
  func race() throws {
    let ledgers = try (0..<4).map { try open("replica \($0)") }
    let admitted = Mutex<[String]>([])
    _ = try concurrently(ledgers.count) { index in
      let mailbox = Mailbox()
      let exchanges = (0..<100).map {
        (id: "command \($0)", exchange: ledgers[index].post(admission("command \($0)"), mailbox))
      }
      for (id, exchange) in exchanges {
        guard case let answer = try mailbox.answer(exchange), answer.isAdmitted else { continue }
        admitted.withLock { $0.append(id) }
        ledgers[index].submit(settlement(id), for: mailbox.newExchange(), to: mailbox)
      }
    }
    #expect(admitted.withLock { $0.sorted() } == (0..<100).map { "command \($0)" }.sorted())
    for ledger in ledgers { ledger.close() }
    try checkChains()
    #expect(try scene.integer("SELECT count(*) FROM SCHEMA.outcomes") == 100)
  }

  @Test("allow together what a limit allows, and no more")
  func limit() throws {
    let ledgers = try (0..<3).map { try open("replica \($0)") }
    let limit = LimitCharge(
      rule: LimitRule(name: "ten", per: .organization, allow: 10, every: .seconds(3600), burst: 10), key: "ten")
    let admitted = Mutex(0)
    _ = try concurrently(ledgers.count) { index in
      let mailbox = Mailbox()
      let exchanges = (0..<20).map { ledgers[index].post(admission("\(index) \($0)", limits: [limit]), mailbox) }
      for exchange in exchanges where try mailbox.answer(exchange).isAdmitted { admitted.withLock { $0 += 1 } }
    }
    #expect(admitted.withLock { $0 } == 10)
    #expect(try ledgers[0].ask(admission("one more", limits: [limit])).refusal?.kind == .limited)
  }

  @Test("charge a command that two of them ask for once")
  func credit() throws {
    let (one, two) = (try open("one"), try open("two"))
    let limit = LimitCharge(
      rule: LimitRule(name: "ten", per: .organization, allow: 10, every: .seconds(3600), burst: 10), key: "ten")
    _ = try one.ask(admission(limits: [limit]))
    _ = try one.ask(settlement())
    for _ in 0..<20 { #expect(try two.ask(admission(limits: [limit])).reply == reply) }
    var admitted = 0
    for index in 0..<20 where try two.ask(admission("\(index)", limits: [limit])).isAdmitted { admitted += 1 }
    #expect(admitted == 9)
  }

  @Test("tell how many of them live, and nothing of the database's disk")
  func metrics() throws {
    let registry = MetricRegistry()
    let one = try open("one")
    one.register(in: registry)
    let page = { String(decoding: registry.page(.text), as: UTF8.self) }
    let two = try open("two")
    try eventually { page().contains("\nconvene_ledger_replicas 2\n") }
    two.close()
    try eventually { page().contains("\nconvene_ledger_replicas 1\n") }
    #expect(!page().contains("convene_ledger_bytes"))
  }

  @Test("say in one's chain where the others' end")
  func heads() throws {
    let first = try open("first")
    _ = try first.ask(admission())
    _ = try first.ask(settlement())
    first.close()
    let second = try open("second")
    try eventually {
      try scene.texts("SELECT convert_from(record, 'UTF8') FROM SCHEMA.audit WHERE decision = 'heads' AND writer = 2")
        .contains { $0.contains(#""replica":"first""#) }
    }
    second.close()
    try checkChains()
  }

  @Test("one that begins again under its name goes on with its chain and what it was sending")
  func again() throws {
    let failure = Mutex<LedgerError?>(nil)
    let first = try open("one") { error in failure.withLock { $0 = error } }
    _ = try first.ask(admission("sent"))
    _ = try first.ask(settlement("sent"))
    _ = try first.ask(admission())
    let second = try open("one")
    #expect(try second.ask(admission("sent")).reply == reply)
    #expect(try second.ask(admission()).windowLeft != nil)
    first.submit(settlement(), for: Mailbox().newExchange(), to: Mailbox())
    try eventually { failure.withLock { $0?.kind } == .fenced }
    second.close()
    #expect(try decisions() == ["forwarded", "recovered", "replayed"])
    try checkChains()
  }
}
