import Audit
import Crypto
import EventLoop
import FleetFixture
import LedgerPostgres
import TestKit
import Testing

/// Whoever may write every table can change the record, but not so that it doesn't show.
@Suite("The record of all replicas", .timeLimit(.minutes(30)))
struct TamperingTests {
  /// Three replicas, of which the third takes the first one's place; the second one lists all heads.
  private struct Chains {
    let first = ChainFixture(1, "a", clock: now())
    let second = ChainFixture(2, "b", clock: now())
    let third: ChainFixture
    let key: SigningKey

    init() throws {
      key = try #require(RecordedFleet.key)
      first.record(5)
      second.record(2)
      second.list([first.head], key)
      first.record(3)
      third = ChainFixture(3, "c", after: first.end, clock: now())
      third.record(4)
      third.checkpoint(key)
      second.list([first.head, third.head], key)
      second.record(2)
    }

    var all: [ChainFixture] { [first, second, third] }
  }

  private let chains: Chains
  private let fleet: RecordedFleet

  init() throws {
    chains = try Chains()
    fleet = try RecordedFleet(chains.all)
  }

  @Test("is intact as it was written")
  func intact() throws {
    let summary = try fleet.verify()
    #expect(summary.chains == 3 && summary.records == 22 && summary.checkpoints == 1 && summary.lists == 2)
    #expect(summary.newestIsList && summary.newest?.writer == 2 && summary.newest?.place.seq == 5)
    #expect(try fleet.verify(signed: false) == summary)
    let end = chains.third.end
    #expect(try fleet.finding { ($0.expected, $0.expectedWriter) = (end.place, 3) } == nil)
    #expect(try fleet.finding { ($0.expected, $0.expectedWriter) = (end.place, 2) } != nil)
    let other = AuditChain(seq: end.place.seq, hash: chains.first.end.place.hash)
    #expect(try fleet.finding { ($0.expected, $0.expectedWriter) = (other, 3) }?.kind == .edited)
    let later = AuditChain(seq: 99, hash: end.place.hash)
    #expect(try fleet.finding { ($0.expected, $0.expectedWriter) = (later, 3) }?.kind == .truncated)
  }

  @Test(
    "shows whatever was changed in its tables",
    arguments: [
      ("a byte", "UPDATE convene.audit SET record = set_byte(record, 60, 90) WHERE writer = 1 AND seq = 3", .edited, 1),
      ("a column", "UPDATE convene.audit SET team = 'other' WHERE writer = 1 AND seq = 3", .edited, 1),
      ("a time", "UPDATE convene.audit SET time = time + interval '1 us' WHERE writer = 1 AND seq = 3", .edited, 1),
      (
        "a hash", "UPDATE convene.audit SET hash = set_byte(hash, 0, 255 - get_byte(hash, 0)) WHERE seq = 3", .edited, 1
      ),
      ("a record between", "DELETE FROM convene.audit WHERE writer = 1 AND seq = 3", .gap, 1),
      ("the first record", "DELETE FROM convene.audit WHERE writer = 1 AND seq = 1", .gap, 1),
      ("the newest record", "DELETE FROM convene.audit WHERE writer = 3 AND seq = 6", .truncated, 3),
      (
        "the newest, and what is noted of it",
        """
        DELETE FROM convene.audit WHERE writer = 3 AND seq = 6; UPDATE convene.writers w SET seq = 5,
        hash = (SELECT hash FROM convene.audit a WHERE a.writer = 3 AND a.seq = 5) WHERE id = 3
        """, .truncated, 3
      ),
      (
        "the newest record, which no list names", "DELETE FROM convene.audit WHERE writer = 2 AND seq = 7", .truncated,
        2
      ),
      ("all records of a chain", "DELETE FROM convene.audit WHERE writer = 1", .truncated, 1),
      (
        "a whole chain",
        "DELETE FROM convene.audit WHERE writer = 3; DELETE FROM convene.writers WHERE id = 3", .gap, 3
      ),
      (
        "a whole chain from which another one goes on, and the lists that name it",
        """
        DELETE FROM convene.audit WHERE writer = 1; DELETE FROM convene.writers WHERE id = 1;
        DELETE FROM convene.audit WHERE writer = 2 AND seq > 3; UPDATE convene.writers w SET seq = 3,
        hash = (SELECT hash FROM convene.audit a WHERE a.writer = 2 AND a.seq = 3) WHERE id = 2
        """, .gap, 1
      ),
      (
        "two chains for each other",
        """
        ALTER TABLE convene.audit DROP CONSTRAINT audit_pkey;
        UPDATE convene.audit SET writer = 4 - writer WHERE writer IN (1, 3)
        """, .edited, 1
      ),
      (
        "two chains' records for each other",
        """
        ALTER TABLE convene.audit DROP CONSTRAINT audit_pkey;
        UPDATE convene.audit SET writer = 4 - writer WHERE writer IN (1, 3) AND seq = 3
        """, .edited, 1
      ),
      (
        "the order", "UPDATE convene.audit SET seq = 7 - seq WHERE writer = 1 AND seq IN (3, 4)", .edited, 1
      ),
      (
        "a record twice",
        """
        INSERT INTO convene.audit SELECT writer, seq, time + interval '1 s', team, caller, command_id, decision, record, hash
        FROM convene.audit WHERE writer = 1 AND seq = 3
        """, .edited, 1
      ),
      (
        "one more",
        """
        INSERT INTO convene.audit SELECT writer, seq + 1, time, team, caller, command_id, decision, record, hash
        FROM convene.audit WHERE writer = 1 AND seq = 9
        """, .edited, 1
      ),
      ("whose they are", "DELETE FROM convene.writers WHERE id = 1", .edited, 1),
      ("the replica's name", "UPDATE convene.writers SET replica = 'x' WHERE id = 1", .edited, 1),
      (
        "the oldest, with a note that they were pruned",
        """
        INSERT INTO convene.anchors SELECT writer, seq, hash, convert_to(
          '{"writer":1,"seq":3,"hash":"' || encode(hash, 'hex') || '"}', 'UTF8')
        FROM convene.audit WHERE writer = 1 AND seq = 3; DELETE FROM convene.audit WHERE writer = 1 AND seq <= 3
        """, .badSignature, 1
      ),
      (
        "a whole chain, with a note that it was pruned",
        """
        INSERT INTO convene.anchors SELECT writer, seq, hash, convert_to(
          '{"writer":1,"seq":9,"hash":"' || encode(hash, 'hex') || '"}', 'UTF8')
        FROM convene.audit WHERE writer = 1 AND seq = 9; DELETE FROM convene.audit WHERE writer = 1
        """, .badSignature, 1
      ),
    ] as [(String, String, AuditFinding.Kind, Int64)])
  func tampered(_ what: String, _ sql: String, _ kind: AuditFinding.Kind, _ writer: Int64) throws {
    _ = try fleet.database.run(sql)
    let finding = try fleet.finding()
    #expect(finding?.kind == kind && finding?.writer == writer, "\(what): \(finding?.description ?? "nothing")")
  }

  @Test("shows a record that somebody put behind the last one, and hashed as it must be")
  func appended() throws {
    let written = chains.first.rows.count
    chains.first.record()
    try fleet.write(chains.first, from: written)
    #expect(try fleet.finding() == nil)
    _ = try fleet.database.run(
      """
      UPDATE convene.writers SET seq = 9, hash = (SELECT hash FROM convene.audit WHERE writer = 1 AND seq = 9) WHERE id = 1
      """)
    let finding = try fleet.finding()
    #expect(finding?.kind == .edited && finding?.writer == 1 && finding?.seq == 10, "\(finding as Any)")
  }

  /// With every hash right, since a hash needs no key.
  @Test("shows a chain that somebody wrote anew")
  func forged() throws {
    let forged = ChainFixture(1, "a", clock: now())
    forged.record(8)
    _ = try fleet.database.run("DELETE FROM convene.audit WHERE writer = 1")
    try fleet.write(forged)
    for signed in [true, false] {
      let finding = try fleet.finding(signed: signed)
      #expect(finding?.kind == .edited && finding?.writer == 1, "\(finding as Any)")
    }
  }

  @Test("shows a chain that goes on from another record than there is")
  func predecessor() throws {
    let other = WriterPlace(
      writer: 1, AuditChain(seq: chains.first.end.place.seq, hash: chains.second.end.place.hash))
    let beyond = WriterPlace(writer: 1, AuditChain(seq: 90, hash: chains.first.end.place.hash))
    let nobody = WriterPlace(writer: 7, AuditChain(seq: 2, hash: chains.first.end.place.hash))
    for (place, kind) in [(other, AuditFinding.Kind.edited), (beyond, .truncated), (nobody, .gap)] {
      let next = ChainFixture(9, "d", after: place, clock: now())
      _ = try fleet.database.run("DELETE FROM convene.audit WHERE writer = 9")
      try fleet.write(next)
      let finding = try fleet.finding(signed: false)
      #expect(finding?.kind == kind && finding?.writer == place.writer, "\(finding as Any)")
    }
    _ = try fleet.database.run("DELETE FROM convene.audit WHERE writer = 9")
    try fleet.write(ChainFixture(9, "d", after: chains.third.end, clock: now()))
    #expect(try fleet.finding(signed: false) == nil)
  }

  @Test("shows a list that another key signed, and one that names what there never was")
  func lists() throws {
    let stranger = try #require(SigningKey(seed: Secret([UInt8](repeating: 8, count: 32))))
    let written = chains.second.rows.count
    chains.second.list([chains.first.head], stranger)
    try fleet.write(chains.second, from: written)
    let finding = try fleet.finding()
    #expect(finding?.kind == .badSignature && finding?.writer == 2 && finding?.seq == 8, "\(finding as Any)")
    let more = chains.third.rows.count
    chains.third.list(
      [FleetHeads.Head(writer: 44, replica: "x", seq: 3, hash: chains.first.head.end.place.hash)], chains.key)
    try fleet.write(chains.third, from: more)
    let named = try fleet.finding(signed: false)
    #expect(named?.kind == .gap && named?.writer == 44, "\(named as Any)")
  }

  @Test("has a signature for every chain that is older than a while, and for its end")
  func unsigned() throws {
    let old = ChainFixture(4, "e", clock: now() - 600_000_000)
    old.record(20)
    try fleet.write(old)
    #expect(try fleet.finding(signed: false) == nil)
    let finding = try fleet.finding()
    #expect(finding?.kind == .truncated && finding?.writer == 4, "\(finding as Any)")
    let limit = UnsignedTailLimit(records: 10, since: WallTime(microseconds: now() - 60_000_000))
    #expect(try fleet.finding(signed: false) { $0.unsigned = limit }?.writer == 4)
    // A list vouches for it, and for so much of it.
    let written = chains.second.rows.count
    chains.second.list([old.head], chains.key)
    try fleet.write(chains.second, from: written)
    #expect(try fleet.finding { $0.unsigned = limit } == nil)
    let before = old.rows.count
    old.record(11)
    try fleet.write(old, from: before)
    #expect(try fleet.finding { $0.unsigned = limit }?.writer == 4)
    #expect(try fleet.finding() == nil)
    // A young one may have none yet.
    try fleet.write(ChainFixture(5, "f", clock: now()))
    #expect(try fleet.finding() == nil)
    let empty = try RecordedFleet()
    #expect(try empty.finding() == nil)
    try empty.write(ChainFixture(5, "f", clock: now()))
    #expect(try empty.finding()?.reason == "nothing in the ledger is signed")
  }

  @Test("can be followed while replicas write, and however long it is")
  func concurrent() throws {
    let (fleet, key) = (fleet, chains.key)
    let (a, b) = (ChainFixture(11, "k", clock: now()), ChainFixture(12, "l", clock: now()))
    a.record(4321)
    try fleet.write(a)
    try fleet.write(b)
    let connection = try fleet.database.server.connect(fleet.database.name)
    for round in 0..<20 {
      for (mine, other) in [(a, b), (b, a)] {
        let written = mine.rows.count
        mine.record(round % 3 + 1)
        mine.list([other.head], key)
        try fleet.write(mine, from: written, on: connection)
      }
      if round % 5 == 0 { #expect(try fleet.finding() == nil) }
    }
    let verifying = Background { try (0..<4).compactMap { _ in try fleet.finding() } }
    // So many that each look meets some; without an end each look would be longer than the one before.
    for _ in 0..<100 where !verifying.isFinished {
      for (mine, other) in [(a, b), (b, a)] {
        let written = mine.rows.count
        mine.record(3)
        mine.list([other.head], key)
        try fleet.write(mine, from: written, on: connection)
      }
    }
    #expect(try verifying.value().isEmpty)
  }
}
