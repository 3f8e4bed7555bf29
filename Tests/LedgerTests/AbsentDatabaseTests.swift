import Audit
import Conference
import EventLoop
import Gateway
import Glibc
import Ledger
import LedgerPostgres
import Policy
import Synchronization
import TestKit
import Testing

/// The database ends, gives no answer, half of one, or one that is not what it acknowledged.
@Suite("Replicas whose database is away")
struct AbsentDatabaseTests: ReplicaTests {
  let scene: PostgresScene

  init() throws { scene = try PostgresScene() }

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
    #expect(ledger.unavailability != nil)
    let settled = ledger.post(settlement("sent"), mailbox)
    // What became of a command can't be told, and is not called unknown.
    #expect(try ledger.ask(.inspect(commandID: "done", team: "support")).refusal?.kind == .ledgerUnavailable)
    #expect(try ledger.ask(admission("done")).refusal?.kind == .ledgerUnavailable)
    #expect(!mailbox.hasAnswer(settled))
    try server.start()
    _ = try mailbox.answer(settled)
    try eventually { ledger.unavailability == nil }
    #expect(try ledger.ask(admission("sent")).reply == reply)
    #expect(try ledger.ask(admission("new")).isAdmitted)
    ledger.close()
    #expect(try scene.integer("SELECT count(*) FROM SCHEMA.audit WHERE decision = 'forwarded'") == 2)
    // Who was refused meanwhile, though nothing could be read of what they asked for.
    #expect(
      try scene.texts("SELECT command_id FROM SCHEMA.audit WHERE decision = 'refused' ORDER BY seq") == ["new", "done"])
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
    #expect(ledger.unavailability != nil)
    try wait(for: "")
    try eventually { ledger.unavailability == nil }
    #expect(try scene.texts("SELECT command_id FROM SCHEMA.commands") == ["sent"])
    #expect(try ledger.ask(admission("new")).isAdmitted)

    try wait(for: "nobody")
    let settled = ledger.post(settlement("sent"), mailbox)
    try eventually { ledger.unavailability != nil }
    #expect(!mailbox.hasAnswer(settled))
    // Nor does anybody else hear of what may not be committed.
    #expect(try ledger.ask(admission("sent")).refusal?.kind == .ledgerUnavailable)
    #expect(try ledger.ask(.inspect(commandID: "sent", team: "support")).refusal?.kind == .ledgerUnavailable)
    #expect(!mailbox.hasAnswer(settled))
    try wait(for: "")
    _ = try mailbox.answer(settled)

    try wait(for: "nobody")
    #expect(try ledger.ask(call(scope: .any)).refusal?.kind == .ledgerUnavailable)
    try wait(for: "")
    try eventually { ledger.unavailability == nil }
    ledger.close()
    #expect(try scene.integer("SELECT count(*) FROM SCHEMA.notes WHERE key LIKE 'flood:%'") == 0)
    let decisions = try scene.texts(
      "SELECT decision FROM SCHEMA.audit WHERE decision NOT IN ('chain', 'heads') ORDER BY seq")
    #expect(decisions == ["refused", "forwarded", "refused", "refused"])
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
    try eventually { ledger.unavailability == nil }
    #expect(try ledger.ask(admission("new")).isAdmitted)
    ledger.close()
  }

  /// Numbers are handed out ahead. A server that crashed, or a standby in its place, may hand out some of them again.
  @Test("use no number of a row that they had from before the database was away")
  func numbers() throws {
    let (ledger, other) = (try open("one"), try open("two"))
    // It is given more numbers than it needs.
    _ = try ledger.ask(admission("retry", keyless: true, retryCount: 1))
    #expect(try ledger.ask(settlement("retry", .free)).isSettled)
    let last = try scene.integer("SELECT last_value FROM SCHEMA.command_rows")
    _ = try scene.integer("SELECT setval('SCHEMA.command_rows', \(last - 15))")
    for number in 0..<15 { #expect(try other.ask(admission("\(number)")).isAdmitted) }
    _ = try scene.rows(
      """
      SELECT pg_terminate_backend(pid)::text::bytea FROM pg_stat_activity
        WHERE query LIKE '%\(scene.schema).%' AND pid <> pg_backend_pid()
      """)
    for number in 0..<4 { #expect(try ledger.ask(admission("new-\(number)")).isAdmitted) }
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
    try eventually { ledger.unavailability == nil }
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
