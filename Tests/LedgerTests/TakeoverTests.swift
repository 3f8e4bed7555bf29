import Audit
import Conference
import EventLoop
import Gateway
import Glibc
import JSON
import Ledger
import LedgerPostgres
import Synchronization
import TestKit
import Testing

/// What is taken over of a replica that has gone, and told in its place.
@Suite("Replicas of which one has gone")
struct TakeoverTests: ReplicaTests {
  let scene: PostgresScene

  init() throws { scene = try PostgresScene() }

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
}
