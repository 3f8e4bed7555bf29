import Audit
import Crypto
import EventLoop
import FleetFixture
import LedgerPostgres
import TestKit
import Testing

@Suite("Old days of the record", .timeLimit(.minutes(10)))
struct RetentionTests {
  private let fleet: RecordedFleet
  private let key: SigningKey
  private let connection: PostgresConnection
  private let day: Int64 = 86_400_000_000

  init() throws {
    fleet = try RecordedFleet()
    key = try #require(RecordedFleet.key)
    _ = try fleet.database.run("UPDATE convene.meta SET audit_keep = '3 days'")
    for days in 1...9 {
      _ = try fleet.database.run(
        """
        DO $$ DECLARE d date := (now() AT TIME ZONE 'UTC')::date - \(days); BEGIN
          EXECUTE format('CREATE TABLE convene.audit_%s PARTITION OF convene.audit FOR VALUES FROM (%L) TO (%L)',
            to_char(d, 'YYYYMMDD'), d || ' 00:00:00+00', d + 1 || ' 00:00:00+00');
        END $$
        """)
    }
    // Whoever runs it is the role that serves.
    connection = try fleet.database.connect()
    _ = try fleet.database.run("ALTER TABLE convene.audit OWNER TO \(fleet.database.owner)")
    for table in try fleet.database.run(
      "SELECT relname FROM pg_class WHERE relname ~ '^audit_[0-9]{8}$' AND relkind = 'r'"
    )
    .split(separator: "\n") {
      _ = try fleet.database.run("ALTER TABLE convene.\(table) OWNER TO \(fleet.database.owner)")
    }
  }

  private func drop(
    keep: Duration = .seconds(86_400), signed: Bool = true, telling: Int64? = nil
  ) throws -> PostgresRetention.Outcome {
    let teller = telling.map {
      PostgresRetention.Teller(writer: $0, organization: "example", time: WallTime(microseconds: now()))
    }
    return try PostgresRetention.run(
      on: connection, keep: keep, signedBy: signed ? key : nil, telling: teller, by: patience)
  }

  private func texts(_ sql: String) throws -> [String] {
    try fleet.database.run(sql).split(separator: "\n").map(String.init)
  }

  /// A chain with a few records a day, as vouched for as can be.
  private func chain(_ writer: Int64, _ replica: String, from days: Int64, to end: Int64 = 0) -> ChainFixture {
    let chain = ChainFixture(writer, replica, clock: now(daysAgo: days))
    for ago in stride(from: days, through: end, by: -1) {
      chain.clock = now(daysAgo: ago) - 3_600_000_000 * (ago == 0 ? 0 : 1)
      chain.record(3)
      chain.checkpoint(key)
    }
    return chain
  }

  private var days: Int {
    get throws {
      Int(try fleet.database.run("SELECT count(*) FROM pg_inherits WHERE inhparent = 'convene.audit'::regclass")) ?? 0
    }
  }

  @Test("go with a note for each chain, and what is left is intact")
  func dropped() throws {
    let (living, dead, young) = (chain(1, "a", from: 8), chain(2, "b", from: 9, to: 6), chain(3, "c", from: 1))
    living.list([dead.head, young.head], key)
    for chain in [living, dead, young] { try fleet.write(chain) }
    #expect(try fleet.finding() == nil)
    let before = try days
    let outcome = try drop()
    #expect(outcome.days >= 5 && outcome.tampered.isEmpty)
    #expect(try days == before - Int(outcome.days))
    #expect(try fleet.database.run("SELECT count(*) FROM convene.audit WHERE writer = 2") == "0")
    #expect(try fleet.database.run("SELECT writer FROM convene.anchors ORDER BY 1") == "1\n2")
    #expect(try fleet.finding() == nil)
    #expect(try fleet.finding(signed: false) == nil)
    #expect(try drop() == PostgresRetention.Outcome())
    // It goes on, and the next day, too, is dropped.
    let written = living.rows.count
    living.record(2)
    try fleet.write(living, from: written)
    #expect(try fleet.finding() == nil)
  }

  @Test("stay for as long as the schema's owner says, whatever the role that serves asks for")
  func kept() throws {
    try fleet.write(chain(1, "a", from: 9))
    _ = try fleet.database.run("UPDATE convene.meta SET audit_keep = '30 days'")
    #expect(try drop(keep: .zero) == PostgresRetention.Outcome())
    #expect(try fleet.finding() == nil)
  }

  @Test("leave what stands behind a younger record in its chain")
  func stragglers() throws {
    let chain = chain(1, "a", from: 8)
    // Of a flood that began long before, and two more behind it.
    chain.clock = now(daysAgo: 7)
    chain.record()
    chain.clock = now()
    chain.record(2)
    chain.checkpoint(key)
    try fleet.write(chain)
    #expect(try drop().days > 0)
    #expect(try fleet.finding() == nil)
    let late = try fleet.database.run("SELECT count(*) FROM convene.audit_default")
    #expect(late == "1")
    // When all before it are old enough, it goes, too.
    _ = try fleet.database.run(
      "UPDATE convene.audit SET time = time - interval '8 days' WHERE seq < (SELECT max(seq) - 2 FROM convene.audit)")
    _ = try drop()
    #expect(try fleet.database.run("SELECT count(*) FROM convene.audit_default") == "0")
  }

  @Test("that somebody else deleted show, and get no signature later")
  func deleted() throws {
    try fleet.write(chain(1, "a", from: 9))
    try fleet.write(chain(2, "b", from: 9))
    _ = try fleet.database.run("DELETE FROM convene.audit WHERE writer = 1 AND seq <= 3")
    #expect(try fleet.finding()?.kind == .gap)
    let outcome = try drop()
    #expect(outcome.tampered == [1])
    let finding = try fleet.finding()
    #expect(finding?.kind == .badSignature && finding?.writer == 1, "\(finding as Any)")
  }

  @Test("that were dropped, and then more of them by somebody else, show")
  func deletedMore() throws {
    try fleet.write(chain(1, "a", from: 9))
    #expect(try drop().days > 0)
    #expect(try fleet.finding() == nil)
    _ = try fleet.database.run(
      """
      DELETE FROM convene.audit WHERE writer = 1 AND seq = (SELECT min(seq) FROM convene.audit WHERE writer = 1);
      """)
    #expect(try fleet.finding()?.kind == .gap)
    _ = try fleet.database.run(
      """
      UPDATE convene.anchors SET seq = seq + 1, signed = convert_to(replace(convert_from(signed, 'UTF8'),
        '"seq":' || seq, '"seq":' || seq + 1), 'UTF8')
      """)
    #expect(try fleet.finding()?.kind == .badSignature)
  }

  @Test("of another chain stand in for none: a note is good for its own")
  func anchors() throws {
    try fleet.write(chain(1, "a", from: 9))
    try fleet.write(chain(2, "b", from: 9))
    #expect(try drop().days > 0)
    _ = try fleet.database.run(
      """
      UPDATE convene.anchors a SET (seq, hash, signed) = (SELECT b.seq, b.hash, b.signed FROM convene.anchors b
        WHERE b.writer = 2) WHERE a.writer = 1
      """)
    #expect(try fleet.finding()?.kind == .badSignature)
    _ = try fleet.database.run("DELETE FROM convene.anchors WHERE writer = 1")
    #expect(try fleet.finding()?.kind == .gap)
  }

  @Test("go only with the notes that belong to them")
  func refused() throws {
    try fleet.write(chain(1, "a", from: 9))
    try fleet.write(chain(2, "b", from: 9))
    let places = try connection.run("SELECT * FROM convene.droppable_v1('1 day')", by: patience)
    let (writers, seqs) = ((0..<2).map { places.integer($0, 0) }, (0..<2).map { places.integer($0, 2) })
    let hashes = (0..<2).map { places.bytes($0, 3) }
    func drop(_ writers: [Int64?], _ seqs: [Int64?], _ hashes: [[UInt8]?]) -> String? {
      var parameters = PostgresParameters()
      parameters.append(array: writers)
      parameters.append(array: seqs)
      parameters.append(array: hashes)
      parameters.append(array: hashes)
      return failure {
        try connection.run(
          "SELECT convene.drop_audit_v1('1 day', $1, $2, $3, $4, NULL, NULL)", parameters, by: patience)
      }?.sqlState
    }
    let before = try days
    #expect(drop([], [], []) == "CV006")
    #expect(drop([writers[0]], [seqs[0]], [hashes[0]]) == "CV006")
    #expect(drop(writers, [seqs[0], (seqs[1] ?? 0) - 1], hashes) == "CV006")
    #expect(drop(writers, seqs, [hashes[1], hashes[0]]) == "CV006")
    #expect(drop(writers + [9], seqs + [9], hashes + [[9]]) == "CV006")
    #expect(try days == before)
    #expect(try fleet.database.run("SELECT count(*) FROM convene.anchors") == "0")
    #expect(drop(writers, seqs, hashes) == nil)
  }

  @Test("wait where a gateway is writing, and keep it waiting no longer than a moment")
  func busy() throws {
    try fleet.write(chain(1, "a", from: 9))
    let writing = try fleet.database.server.connect(fleet.database.name)
    for sql in ["BEGIN", "LOCK TABLE convene.audit IN ROW EXCLUSIVE MODE"] { _ = try writing.run(sql, by: patience) }
    #expect(kind { try drop() } == .transient)
    _ = try writing.run("COMMIT", by: patience)
    #expect(try drop().days > 0)
  }

  // MARK: Sinks

  /// As the replica notes it.
  private func deliver(_ chain: ChainFixture, through seq: Int64) throws {
    _ = try fleet.database.run(
      "UPDATE convene.notes SET value = '\(seq)' WHERE writer = \(chain.writer) AND key = 'delivered'")
  }

  /// As if nobody had heard of the replica for so long.
  private func lose(_ chain: ChainFixture, days: Int, isClosed: Bool = true) throws {
    _ = try fleet.database.run(
      """
      UPDATE convene.writers SET lease = now() - interval '\(days) days', closed = \(isClosed) WHERE id = \(chain.writer)
      """)
  }

  @Test("wait for the sinks of a replica, whether it lives or has gone lately; other chains' days wait with them")
  func awaited() throws {
    let (slow, quick) = (chain(1, "slow", from: 9), chain(2, "quick", from: 9))
    for chain in [slow, quick] { try fleet.write(chain) }
    // The day of record 9, which is lacking, and all behind it stay.
    try deliver(slow, through: 8)
    let oldest = { try fleet.database.run("SELECT min(seq) FROM convene.audit WHERE writer = 1") }
    let first = try drop(telling: 2)
    #expect(first.days > 0 && first.waiting == ["slow"] && first.undelivered.chains.isEmpty, "\(first)")
    #expect(try Int(oldest()) ?? 0 <= 9 && Int(oldest()) ?? 0 > 1)
    // As whole days: nothing is moved while all writers wait.
    #expect(try fleet.database.run("SELECT count(*) FROM convene.audit_default") == "0")
    #expect(try fleet.finding() == nil)
    try lose(slow, days: 6)
    #expect(try drop().days == 0)
    #expect(try Int(oldest()) ?? 0 <= 9)

    try deliver(slow, through: 9_223_372_036_854_775_807)
    let last = try drop(telling: 2)
    #expect(last.days > 0 && last.waiting.isEmpty && last.undelivered.chains.isEmpty, "\(last)")
    #expect(try fleet.finding() == nil)
    #expect(try texts("SELECT key FROM convene.notes WHERE key LIKE 'flood:%'") == [])
  }

  @Test("wait for nothing that is young, and for what no partition was made for")
  func awaitedStraggler() throws {
    let chain = chain(1, "a", from: 8)
    chain.clock = now(daysAgo: 20)
    chain.record()
    let late = chain.head.end.place.seq
    chain.clock = now()
    chain.record(2)
    chain.checkpoint(key)
    try fleet.write(chain)
    _ = try fleet.database.run(
      "UPDATE convene.audit SET time = time - interval '8 days' WHERE seq < \(late)")
    try deliver(chain, through: late - 1)
    #expect(try drop().waiting == ["a"])
    #expect(try fleet.database.run("SELECT seq FROM convene.audit_default WHERE writer = 1") == "\(late)")
    try deliver(chain, through: late)
    #expect(try drop().waiting == [])
    #expect(try fleet.database.run("SELECT count(*) FROM convene.audit_default") == "0")
  }

  @Test("go without the sinks of one that has gone for a week, and that is told, with how many they may lack")
  func undelivered() throws {
    let (gone, living) = (chain(1, "gone", from: 9, to: 5), chain(2, "living", from: 9))
    for chain in [gone, living] { try fleet.write(chain) }
    try deliver(gone, through: 8)
    try lose(gone, days: 8)
    let last = gone.head.end.place.seq
    let outcome = try drop(telling: 2)
    #expect(outcome.waiting.isEmpty && outcome.undelivered.count == last - 8, "\(outcome)")
    #expect(outcome.undelivered.chains == [.init(writer: 1, replica: "gone", first: 9, last: last)])
    #expect(try fleet.database.run("SELECT count(*) FROM convene.audit WHERE writer = 1") == "0")
    #expect(try fleet.finding() == nil)
    // In the same transaction, for the one that has it written.
    let notes = try connection.run(
      "SELECT note, value FROM convene.take_notes_v1(2, (SELECT 1))", by: patience)
    #expect(notes.rows == 1 && notes.integer(0, 0) == -1)
    #expect(AuditRecord(noted: notes.bytes(0, 1) ?? [], as: -1)?.note == -1)
    let text = String(decoding: notes.bytes(0, 1) ?? [], as: UTF8.self)
    #expect(text.contains(#""decision":"undelivered","count":\#(last - 8),"#), "\(text)")
  }

  // MARK: Replicas that have gone

  private var writers: [String] { get throws { try texts("SELECT replica FROM convene.writers ORDER BY id") } }

  /// As if the row had been retired so long ago.
  private func retire(_ chain: ChainFixture, daysAgo days: Int) throws {
    _ = try fleet.database.run(
      "UPDATE convene.writers SET retired = now() - interval '\(days) days' WHERE id = \(chain.writer)")
  }

  private var named: [Int64?] {
    get throws {
      let heads = try connection.run("SELECT writer FROM convene.heads_v1()", by: patience)
      return (0..<heads.rows).map { heads.integer($0, 0) }
    }
  }

  @Test("leave the row of a replica that has gone until the last list that names it has gone, too; then nothing of it")
  func retired() throws {
    let (living, dead) = (chain(1, "living", from: 8), chain(2, "dead", from: 9, to: 6))
    living.list([dead.head], key)
    for chain in [living, dead] { try fleet.write(chain) }
    try lose(dead, days: 9)
    #expect(try drop().retired == 0)
    #expect(try writers == ["living", "dead"])
    #expect(try named == [1])
    #expect(try fleet.finding() == nil)
    // The list of today names it still.
    try retire(dead, daysAgo: 2)
    #expect(try drop().retired == 0)
    // Some days later.
    try retire(dead, daysAgo: 30)
    _ = try fleet.database.run("DELETE FROM convene.audit WHERE decision = 'heads'")
    #expect(try drop().retired == 1)
    #expect(try writers == ["living"])
    #expect(try texts("SELECT writer FROM convene.anchors UNION SELECT writer FROM convene.notes") == ["1"])
  }

  @Test("leave no row of one that has gone, and the rest is intact: by a key, and without")
  func retiredIntact() throws {
    let (living, dead) = (chain(1, "living", from: 8), chain(2, "dead", from: 9, to: 6))
    for chain in [living, dead] { try fleet.write(chain) }
    try lose(dead, days: 9)
    _ = try drop()
    try retire(dead, daysAgo: 30)
    #expect(try drop().retired == 1)
    living.list([chain(3, "young", from: 1).head], nil)
    #expect(try fleet.finding() == nil)
    #expect(try fleet.finding(signed: false) == nil)
    #expect(try fleet.verify().chains == 1)
  }

  @Test(
    "leave the row of one that lives, was heard of lately, or has left something",
    arguments: [
      "closed = false", "lease = now()", "lease = now() - interval '6 days'", "seq = seq + 1", "hash = 'x'",
    ])
  func unretired(change: String) throws {
    let (living, dead) = (chain(1, "living", from: 8), chain(2, "dead", from: 9, to: 6))
    for chain in [living, dead] { try fleet.write(chain) }
    try lose(dead, days: 9)
    // Before it is retired, and afterwards: its name has returned.
    _ = try fleet.database.run("UPDATE convene.writers SET \(change) WHERE id = 2")
    _ = try drop()
    #expect(try texts("SELECT replica FROM convene.writers WHERE retired IS NOT NULL") == [])
    #expect(try named == [1, 2])
  }

  @Test(
    "leave a retired one's row as long as there is anything of it",
    arguments: [
      "UPDATE convene.writers SET closed = false WHERE id = 2", "UPDATE convene.writers SET lease = now() WHERE id = 2",
      "INSERT INTO convene.notes VALUES (2, 'flood:1', '')",
      """
      INSERT INTO convene.commands (row, command_id, team, caller, fingerprint, keyless, state, writer, first_wall, era, since_era,
        name, body) VALUES (1, 'c', 't', 'c', '', false, 3, 2, 0, 0, 0, 'n', '')
      """, "INSERT INTO convene.audit VALUES (2, 99, now(), NULL, NULL, NULL, 'refused', '', '')",
    ])
  func unremoved(sql: String) throws {
    let (living, dead) = (chain(1, "living", from: 8), chain(2, "dead", from: 9, to: 6))
    for chain in [living, dead] { try fleet.write(chain) }
    try lose(dead, days: 9)
    _ = try drop()
    try retire(dead, daysAgo: 30)
    _ = try fleet.database.run(sql)
    #expect(try drop().retired == 0)
    #expect(try writers == ["living", "dead"])
  }

  @Test("that has gone for good is nobody again: its name begins anew, and what it still says counts for nothing")
  func resurrected() throws {
    let (living, dead) = (chain(1, "living", from: 8), chain(2, "dead", from: 9, to: 6))
    for chain in [living, dead] { try fleet.write(chain) }
    _ = try fleet.database.run("SELECT setval('convene.writers_id_seq', 2)")
    try lose(dead, days: 9)
    _ = try drop()
    try retire(dead, daysAgo: 30)
    // One that comes back in time goes on.
    func open() throws -> (writer: Int64?, seq: Int64?) {
      let row = try connection.run(
        "SELECT writer, seq FROM convene.open_v1('dead', '\\x01', 'example', 10000000)", by: patience)
      return (row.integer(0, 0), row.integer(0, 1))
    }
    #expect(try open() == (2, dead.head.end.place.seq))
    #expect(try drop().retired == 0)
    #expect(try named == [1, 2])
    try lose(dead, days: 9)
    try retire(dead, daysAgo: 30)
    #expect(try drop().retired == 1)
    #expect(
      failure { try connection.run("SELECT convene.renew_v1(2, 2, 10000000, NULL)", by: patience) }?.sqlState == "CV001"
    )
    #expect(try connection.run("SELECT * FROM convene.fence_v1(2, '\\x01')", by: patience).rows == 0)
    let anew = try open()
    #expect(anew.writer ?? 0 > 2 && anew.seq == 0, "\(anew)")
    #expect(try named == [1, anew.writer])
  }

  // MARK: A key that comes later

  /// A chain without a signature.
  private func unsigned(_ writer: Int64, _ replica: String, from days: Int64, to end: Int64 = 0) -> ChainFixture {
    let chain = ChainFixture(writer, replica, clock: now(daysAgo: days))
    for ago in stride(from: days, through: end, by: -1) {
      chain.clock = now(daysAgo: ago) - 3_600_000_000 * (ago == 0 ? 0 : 1)
      chain.record(3)
    }
    return chain
  }

  private func adopt() throws -> [Int64] {
    try PostgresRetention.adopt(on: connection, signedBy: key, look: 100, by: patience)
  }

  @Test("that were dropped before there was a key are signed with the first one, of replicas that have gone, too")
  func adopted() throws {
    let (living, dead) = (unsigned(1, "living", from: 9), unsigned(2, "dead", from: 9, to: 6))
    for chain in [living, dead] { try fleet.write(chain) }
    try lose(dead, days: 8)
    #expect(try drop(signed: false).days > 0)
    #expect(try fleet.finding(signed: false) == nil)
    #expect(try adopt() == [])
    let written = living.rows.count
    living.checkpoint(key)
    living.list([dead.head], key)
    try fleet.write(living, from: written)
    #expect(try fleet.finding() == nil)
    // Once is enough.
    let before = try texts("SELECT signed FROM convene.anchors ORDER BY writer")
    #expect(try adopt() == [])
    #expect(try texts("SELECT signed FROM convene.anchors ORDER BY writer") == before)
  }

  @Test(
    "that somebody deleted get no signature, where there ever was a key",
    arguments: ["checkpoint", "list", "note", "anchor", "none"])
  func unadopted(evidence: String) throws {
    let (one, two) = (unsigned(1, "one", from: 9), unsigned(2, "two", from: 9))
    switch evidence {
    case "checkpoint": two.checkpoint(key)
    case "list": two.list([one.head], key)
    default: break
    }
    for chain in [one, two] { try fleet.write(chain) }
    #expect(try drop(signed: false).days > 0)
    if evidence == "note" {
      _ = try fleet.database.run("INSERT INTO convene.notes VALUES (2, 'audit_checkpoint', 'x')")
    }
    if evidence == "anchor" {
      let anchor = try connection.run("SELECT 1", by: patience)
      #expect(anchor.rows == 1)
      _ = try fleet.database.run(
        "UPDATE convene.anchors SET signed = replace(convert_from(signed, 'UTF8'), '}', ',\"signature\":\"x\"}')::bytea WHERE writer = 2"
      )
    }
    #expect(try adopt() == (evidence == "none" ? [] : evidence == "anchor" ? [1] : [1, 2]))
  }
}
