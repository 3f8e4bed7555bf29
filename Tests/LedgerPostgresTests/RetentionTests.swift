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

  private func drop(keep: Duration = .seconds(86_400), signed: Bool = true) throws -> PostgresRetention.Outcome {
    try PostgresRetention.run(on: connection, keep: keep, signedBy: signed ? key : nil, by: patience)
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
        try connection.run("SELECT convene.drop_audit_v1('1 day', $1, $2, $3, $4)", parameters, by: patience)
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
}
