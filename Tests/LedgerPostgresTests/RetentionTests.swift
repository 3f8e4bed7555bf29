import Audit
import Crypto
import EventLoop
import FleetFixture
import LedgerPostgres
import TestKit
import Testing

@Suite("Old days of the record", .timeLimit(.minutes(30)))
struct RetentionTests: RetentionSuite {
  let old: OldRecord

  init() throws { old = try OldRecord() }

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
}
