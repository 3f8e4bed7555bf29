import Audit
import Conference
import EventLoop
import Gateway
import Glibc
import JSON
import Ledger
import LedgerPostgres
import Metrics
import Synchronization
import TestKit
import Testing

/// Several replicas of a gateway, each with its own ledger's thread, over one database.
@Suite("Replicas that share a ledger")
struct SharedLedgerTests {
  let scene: PostgresScene

  init() throws { scene = try PostgresScene() }

  private func open(
    _ replica: String, in scene: PostgresScene? = nil, lease: Duration? = nil, sinks: [AuditSettings.Sink] = [],
    onFatal: @escaping @Sendable (LedgerError) -> Void = { _ in },
    options change: (inout LedgerOptions) -> Void = { _ in }
  ) throws(LedgerError) -> StoredLedger {
    var options = LedgerOptions()
    options.organization = "example"
    change(&options)
    var audit = AuditSettings()
    audit.sinks = sinks
    return try StoredLedger(
      in: (scene ?? self.scene).storage(replica: replica, usesServerClock: true, lease: lease),
      settings: LedgerSettings(),
      sinks: audit, options: options, logger: quiet, onFatal: onFatal)
  }

  /// By their names: replicas tell the time by the database's clock, but not to the millisecond.
  private func decisions() throws -> [String] {
    try scene.texts("SELECT decision FROM SCHEMA.audit WHERE decision NOT IN ('chain', 'heads') ORDER BY decision")
  }

  /// Every chain as its records have it, compared with what its writer says that it is.
  private func checkChains() throws {
    for writer in try scene.texts("SELECT id::text FROM SCHEMA.writers") {
      var chain = AuditChain.start
      for record in try scene.rows("SELECT record FROM SCHEMA.audit WHERE writer = \(writer) ORDER BY seq") {
        chain.append(record)
        #expect(try JSONValue.parse(record)["seq"]?.integer == chain.seq)
      }
      #expect(try scene.rows("SELECT hash FROM SCHEMA.writers WHERE id = \(writer)") == [chain.hash])
    }
  }

  /// Waits for a condition. The limit only keeps a broken test from hanging.
  private func eventually(_ condition: () throws -> Bool) throws {
    let end = MonotonicTime.now + .seconds(30)
    while try !condition() {
      try #require(.now < end, "it never came")
      usleep(20_000)
    }
  }

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

  @Test("take over what one that is gone was sending, once, as of unknown outcome; it can do nothing any more")
  func takeover() throws {
    let failure = Mutex<LedgerError?>(nil)
    let one = try open("one") { error in failure.withLock { $0 = error } }
    _ = try one.ask(admission())
    // As if it were gone: another process has its name, and that one is gone, too.
    _ = try scene.connect().run(
      "UPDATE \(scene.schema).writers SET lease = 'epoch', process = '\\x00', epoch = epoch + 1",
      by: .now + .seconds(10))
    let others = [try open("two"), try open("three")]
    try eventually { try decisions() == ["recovered"] }
    #expect(try others[0].ask(admission()).windowLeft != nil)
    #expect(try scene.integer("SELECT count(*) FROM SCHEMA.commands WHERE writer = 1") == 0)
    one.submit(settlement(), for: Mailbox().newExchange(), to: Mailbox())
    try eventually { failure.withLock { $0?.kind } == .fenced }
    _ = try others[0].ask(settlement())
    for ledger in others { ledger.close() }
    #expect(try decisions() == ["forwarded", "recovered"])
    try eventually { try scene.integer("SELECT count(*) FROM SCHEMA.writers WHERE lease > clock_timestamp()") == 0 }
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

  @Test("take over what one that is gone was sending also while they are never idle")
  func busyTakeover() throws {
    let (one, two) = (try open("one"), try open("two"))
    _ = try one.ask(admission("left"))
    // Two has said before that it lives, and from now on says so by what it writes alone.
    let mailbox = Mailbox()
    var number = 0
    func work() throws {
      number += 1
      _ = try two.ask(admission("\(number)"), mailbox)
      _ = try two.ask(settlement("\(number)"), mailbox)
      usleep(20_000)
    }
    while number < 10 { try work() }
    _ = try scene.connect().run(
      "UPDATE \(scene.schema).writers SET lease = 'epoch', process = '\\x00', epoch = epoch + 1 WHERE replica = 'one'",
      by: .now + .seconds(10))
    try eventually {
      try work()
      return try decisions().contains("recovered")
    }
    two.close()
  }

  private var floods: [String] {
    get throws {
      try scene.texts("SELECT writer || ' ' || key FROM SCHEMA.notes WHERE key LIKE 'flood:%' ORDER BY writer, key")
    }
  }

  @Test("tell what one that is gone had counted of a flood, once, whether or not its name comes back")
  func floodOfOrphan() throws {
    let one = try open("one", options: { $0.floodAllowance = 1 })
    let mailbox = Mailbox()
    // Without a pause, so that they are told neither one by one nor in the meantime.
    for _ in 0..<200 {
      var refusal = entry(peer: "10.0.0.1:1")
      refusal.status = 401
      _ = one.post(.record(refusal), mailbox)
    }
    try mailbox.waitForAnswers(200)
    let told = { (writer: Int) in
      try scene.rows("SELECT record FROM SCHEMA.audit WHERE writer = \(writer) AND decision = 'refused'")
        .map { try JSONValue.parse($0)["count"]?.integer ?? 1 }.reduce(0, +)
    }
    let noted = try scene.rows("SELECT value FROM SCHEMA.notes WHERE key LIKE 'flood:%'")
      .map { try JSONValue.parse($0)["count"]?.integer ?? 0 }.reduce(0, +)
    // Its flood's time is not over when it goes: as if it had been killed.
    try #require(noted > 0)
    _ = try scene.connect().run(
      "UPDATE \(scene.schema).writers SET lease = 'epoch', process = '\\x00', epoch = epoch + 1",
      by: .now + .seconds(10))
    let own = try told(1)
    let two = try open("two")
    try eventually { try told(2) > 0 }
    try eventually { try floods == [] }
    #expect(try own + told(2) == 200)
    // One that has nothing left to tell is closed, and tells nothing again.
    try eventually { try scene.integer("SELECT count(*) FROM SCHEMA.writers WHERE id = 1 AND closed") == 1 }
    let again = try open("one")
    try again.waitForTurn()
    again.close()
    two.close()
    #expect(try told(1) + told(2) == 200)
    try checkChains()
  }

  @Test("leave what one counts that has been gone for moments to itself")
  func floodOfPaused() throws {
    let two = try open("two")
    _ = try two.ask(.record(entry()))
    _ = try scene.connect().run(
      """
      WITH w AS (INSERT INTO \(scene.schema).writers (replica, process, begun, lease)
        VALUES ('paused', '', now(), now() - interval '60 seconds') RETURNING id)
      INSERT INTO \(scene.schema).notes SELECT id, 'flood:1', '{}' FROM w
      """, by: .now + .seconds(10))
    let taken = try scene.connect().run(
      "SELECT * FROM \(scene.schema).take_notes_v1(1, (SELECT epoch FROM \(scene.schema).writers WHERE id = 1))",
      by: .now + .seconds(10))
    #expect(taken.rows == 0)
    #expect(try floods == ["2 flood:1"])
    // It is not done with, until that is told.
    _ = try scene.connect().run("SELECT * FROM \(scene.schema).orphans_v1(64)", by: .now + .seconds(10))
    #expect(try scene.integer("SELECT count(*) FROM SCHEMA.writers WHERE closed") == 0)
    two.close()
  }

  @Test(
    "say no while the database is away, keep the outcomes of what was sent, and go on by themselves when it is back")
  func away() throws {
    let server = try PostgresServer()
    let scene = try PostgresScene(on: server)
    let ledger = try open("one", in: scene)
    let mailbox = Mailbox()
    _ = try ledger.ask(admission("done"))
    _ = try ledger.ask(settlement("done"))
    _ = try ledger.ask(admission("sent"))
    try server.stop(SIGQUIT)
    #expect(try ledger.ask(admission("new")).refusal?.kind == .ledgerUnavailable)
    #expect(!ledger.isWritable)
    let settled = ledger.post(settlement("sent"), mailbox)
    // What became of a command can't be told, and is not called unknown.
    #expect(try ledger.ask(.inspect(commandID: "done", team: "support")).refusal?.kind == .ledgerUnavailable)
    #expect(try ledger.ask(admission("done")).refusal?.kind == .ledgerUnavailable)
    #expect(!mailbox.hasAnswer(settled))
    try server.start()
    _ = try mailbox.answer(settled)
    try eventually { ledger.isWritable }
    #expect(try ledger.ask(admission("sent")).reply == reply)
    #expect(try ledger.ask(admission("new")).isAdmitted)
    ledger.close()
    #expect(try scene.integer("SELECT count(*) FROM SCHEMA.audit WHERE decision = 'forwarded'") == 2)
  }

  @Test("tell nobody of a commit that may not be one, and take back what it allowed when it turns out to be")
  func doubt() throws {
    let server = try PostgresServer()
    let scene = try PostgresScene(on: server)
    let ledger = try open("one", in: scene)
    let mailbox = Mailbox()
    // Commits wait for a standby that there isn't.
    func wait(for standby: String) throws {
      try server.run("ALTER SYSTEM SET synchronous_standby_names = '\(standby)'")
      try server.run("SELECT pg_reload_conf()")
      try eventually { try server.run("SHOW synchronous_standby_names") == standby }
    }
    _ = try ledger.ask(admission("sent"))
    try wait(for: "nobody")
    #expect(try ledger.ask(admission("new")).refusal?.kind == .ledgerUnavailable)
    #expect(!ledger.isWritable)
    try wait(for: "")
    try eventually { ledger.isWritable }
    #expect(try scene.texts("SELECT command_id FROM SCHEMA.commands") == ["sent"])
    #expect(try ledger.ask(admission("new")).isAdmitted)

    try wait(for: "nobody")
    let settled = ledger.post(settlement("sent"), mailbox)
    try eventually { !ledger.isWritable }
    #expect(!mailbox.hasAnswer(settled))
    try wait(for: "")
    _ = try mailbox.answer(settled)
    ledger.close()
    let decisions = try scene.texts(
      "SELECT decision FROM SCHEMA.audit WHERE decision NOT IN ('chain', 'heads') ORDER BY seq")
    #expect(decisions == ["refused", "forwarded"])
  }

  @Test("say no while the database gives no answer, and go on by themselves when it does")
  func silent() throws {
    let server = try PostgresServer()
    let scene = try PostgresScene(on: server)
    let ledger = try open("one", in: scene)
    let mailbox = Mailbox()
    _ = try ledger.ask(admission("sent"))
    let backends = try server.run("SELECT pid FROM pg_stat_activity WHERE query LIKE '%\(scene.schema).%'")
      .split(separator: "\n").compactMap { Int32($0) }
    let stopped = try backends + [server.identifier]
    for process in stopped { kill(process, SIGSTOP) }
    defer { for process in stopped { kill(process, SIGCONT) } }
    #expect(try ledger.ask(admission("new")).refusal?.kind == .ledgerUnavailable)
    let settled = ledger.post(settlement("sent"), mailbox)
    for number in 0..<20 {
      #expect(try ledger.ask(admission("\(number)")).refusal?.kind == .ledgerUnavailable)
    }
    for process in stopped { kill(process, SIGCONT) }
    _ = try mailbox.answer(settled)
    try eventually { ledger.isWritable }
    #expect(try ledger.ask(admission("new")).isAdmitted)
    ledger.close()
  }

  @Test("say no, and not that there is no such command, where the database answers only half of what they ask")
  func half() throws {
    let ledger = try open("one")
    _ = try ledger.ask(admission("done"))
    _ = try ledger.ask(settlement("done"))
    // That there is one can be read, and what it is can't.
    let other = try scene.connect()
    _ = try other.run("BEGIN", by: .now + .seconds(10))
    _ = try other.run("LOCK TABLE \(scene.schema).outcomes", by: .now + .seconds(10))
    #expect(try ledger.ask(.inspect(commandID: "done", team: "support")).refusal?.kind == .ledgerUnavailable)
    #expect(try ledger.ask(admission("done")).refusal?.kind == .ledgerUnavailable)
    _ = try other.run("ROLLBACK", by: .now + .seconds(10))
    try eventually { ledger.isWritable }
    #expect(try ledger.ask(admission("done")).reply == reply)
    ledger.close()
  }

  @Test("end where the database has lost what it acknowledged, and say so")
  func forgotten() throws {
    let failure = Mutex<LedgerError?>(nil)
    let ledger = try open("one") { error in failure.withLock { $0 = error } }
    _ = try ledger.ask(admission())
    _ = try ledger.ask(settlement())
    // As a standby has it that lagged behind, and was promoted.
    _ = try scene.connect().run(
      "UPDATE \(scene.schema).writers SET batch = batch - 1, seq = seq - 1", by: .now + .seconds(10))
    _ = try scene.connect().run(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE pid <> pg_backend_pid() AND query LIKE '%\(scene.schema).%'
      """, by: .now + .seconds(10))
    ledger.submit(admission("next"), for: Mailbox().newExchange(), to: Mailbox())
    try eventually { failure.withLock { $0?.kind } == .forgotten }
    #expect(failure.withLock { $0?.message.contains("1 of this replica's last transactions") } == true)
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

  @Test("may send what they were admitted for as long as they are heard of, and never again once they were not")
  func lease() throws {
    let lease = SendingLease()
    #expect(!lease.covers(lease.number))
    lease.renew(.seconds(10), asked: lease.ask())
    let first = lease.number
    #expect(lease.covers(first))
    lease.renew(.seconds(10), asked: lease.ask())
    #expect(lease.covers(first))
    // So long ago was it asked for: the answer came too late.
    lease.renew(.seconds(10), asked: lease.ask() - 10_000_001)
    #expect(!lease.covers(first))
    lease.renew(.seconds(10), asked: lease.ask())
    #expect(!lease.covers(first))
    #expect(lease.covers(lease.number))
  }

  @Test("send nothing under a lease that was over before the answer was read, though there is a new one by then")
  func leaseOfAnswer() throws {
    let ledger = try open("one", lease: .seconds(1))
    let mailbox = Mailbox()
    let first = ledger.post(admission("a"), mailbox)
    #expect(try mailbox.answer(first).isAdmitted)
    // Longer than it lives nobody can renew it; with a SIGSTOP it is the process that doesn't.
    _ = try scene.connect().run(
      "DO $$ BEGIN PERFORM FROM \(scene.schema).writers FOR UPDATE; PERFORM pg_sleep(2); END $$",
      by: .now + .seconds(30))
    try ledger.waitUntilAdmitted("b")
    let second = ledger.post(admission("c"), mailbox)
    #expect(try mailbox.answer(second).isAdmitted)
    let (old, new) = (try #require(mailbox.lease(of: first)), try #require(mailbox.lease(of: second)))
    #expect(new > old && old > 0)
    #expect(!ledger.mayStillSend(under: old))
  }

  @Test("put on the record what one that is gone was sending, where a repeat comes before anybody took that over")
  func repeatOfOrphan() throws {
    let one = try open("one")
    let two = try open("two")
    _ = try one.ask(admission())
    let mailbox = Mailbox()
    let waiter = two.post(admission(), mailbox)
    try two.waitForTurn()
    _ = try scene.connect().run(
      "UPDATE \(scene.schema).writers SET lease = 'epoch', process = '\\x00', epoch = epoch + 1 WHERE replica = 'one'",
      by: .now + .seconds(10))
    #expect(try mailbox.answer(waiter).windowLeft != nil)
    #expect(try decisions() == ["recovered"])
    _ = try two.ask(settlement())
    two.close()
    #expect(try decisions() == ["forwarded", "recovered"])
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

  @Test("lose nothing and admit nothing twice while their connections are cut at any moment")
  func cuts() throws {
    let ledgers = try (0..<3).map { try open("replica \($0)") }
    let admitted = Mutex<[String: Int]>([:])
    let isDone = Atomic(false)
    _ = try concurrently(ledgers.count + 1) { index in
      guard index < ledgers.count else {
        // So seldom that a new connection has a chance.
        let connection = try scene.connect()
        while !isDone.load(ordering: .sequentiallyConsistent) {
          _ = try connection.run(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE pid <> pg_backend_pid() AND query LIKE '%\(scene.schema).%' AND random() < 0.04
            """, by: .now + .seconds(10))
          usleep(3000)
        }
        return
      }
      let mailbox = Mailbox()
      for round in 0..<60 {
        let id = "command \(round)"
        let exchange = ledgers[index].post(admission(id), mailbox)
        if try mailbox.answer(exchange).isAdmitted {
          admitted.withLock { $0[id, default: 0] += 1 }
          _ = try ledgers[index].ask(settlement(id), mailbox)
        }
      }
      if index == 0 { isDone.store(true, ordering: .sequentiallyConsistent) }
    }
    for ledger in ledgers { ledger.close() }
    #expect(admitted.withLock { $0.values.allSatisfy { $0 == 1 } })
    let sent = admitted.withLock { $0.count }
    #expect(sent > 0)
    #expect(try scene.integer("SELECT count(*) FROM SCHEMA.outcomes") == sent)
    #expect(try decisions().filter { $0 == "forwarded" }.count == sent)
    try checkChains()
  }
}
