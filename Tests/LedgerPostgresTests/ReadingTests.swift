import Audit
import Crypto
import EventLoop
import FleetFixture
import JSON
import LedgerPostgres
import TestKit
import Testing

@Suite("Reading the record of all replicas", .timeLimit(.minutes(30)))
struct ReadingTests {
  private let start = now() - 7_200_000_000

  private func places(_ records: [StoredRecord]) -> [String] { records.map { "\($0.writer ?? 0):\($0.seq)" } }

  private func read(
    _ fleet: RecordedFleet, _ change: (inout RecordFilter) -> Void = { _ in }
  ) throws -> [StoredRecord] {
    var filter = RecordFilter()
    change(&filter)
    var found: [StoredRecord] = []
    try fleet.reader().records(filter) { records in
      found += records
      return true
    }
    return found
  }

  /// Two chains whose records come in turns.
  private func pair(_ count: Int = 3) -> (ChainFixture, ChainFixture) {
    let (a, b) = (ChainFixture(1, "a", clock: start), ChainFixture(2, "b", clock: start + 500))
    for number in 0..<count {
      a.record(team: number % 2 == 0 ? "support" : "sales")
      b.record()
    }
    return (a, b)
  }

  @Test("has them in the order of time, then of writer and number")
  func order() throws {
    let (a, b) = pair()
    let fleet = try RecordedFleet([a, b])
    #expect(try places(read(fleet)) == ["1:1", "1:2", "2:1", "2:2", "1:3", "2:3", "1:4", "2:4"])
    #expect(try places(fleet.reader().newest(3, RecordFilter())) == ["2:3", "1:4", "2:4"])
    #expect(
      try read(fleet).filter { $0.writer == 1 }
        == a.rows.map {
          StoredRecord(
            seq: $0.record.seq, record: $0.record.record, previous: $0.record.previous, hash: $0.record.hash, writer: 1)
        })
  }

  @Test("goes by everything that it is told")
  func filters() throws {
    let (a, b) = pair()
    a.checkpoint(try #require(RecordedFleet.key))
    b.list([a.head], nil)
    let fleet = try RecordedFleet([a, b])
    func found(_ change: (inout RecordFilter) -> Void) throws -> [String] { try places(read(fleet, change)) }
    #expect(try found { $0.teams = ["sales"] } == ["1:3"])
    #expect(try found { $0.replicas = ["b"] } == ["2:1", "2:2", "2:3", "2:4"])
    #expect(try found { $0.replicas = ["none"] }.isEmpty)
    #expect(try found { $0.decisions = ["chain"] } == ["1:1", "2:1"])
    #expect(try found { $0.decisions = ["checkpoint", "heads"] } == ["1:5", "2:5"])
    #expect(try found { $0.includesCheckpoints = true }.count == 10)
    #expect(try found { $0.commandIDs = ["c-1-3", "c-2-2"] } == ["2:2", "1:3"])
    #expect(try found { $0.callers = ["nobody"] }.isEmpty)
    #expect(try found { $0.content.requestIDs = ["r-1-4"] } == ["1:4"])
    #expect(try found { ($0.content.requestIDs, $0.content.rules) = (["r-1-4"], ["none"]) }.isEmpty)
    #expect(try found { ($0.after, $0.afterWriter) = (2, 2) } == ["1:3", "2:3", "1:4", "2:4"])
    #expect(try found { $0.since = WallTime(microseconds: start + 1500) } == ["2:3", "1:4", "2:4"])
    #expect(try found { $0.until = WallTime(microseconds: start + 500) } == ["1:1", "1:2"])
    var filter = RecordFilter()
    (filter.after, filter.afterWriter) = (2, 2)
    #expect(try places(fleet.reader().newest(9, filter)) == ["1:3", "2:3", "1:4", "2:4"])
    (filter.after, filter.afterWriter) = (99, 2)
    #expect(throws: PostgresError.self) { try fleet.reader().newest(9, filter) }
    #expect(try fleet.reader().teams(until: ["sales"]) == ["sales", "support"])
  }

  @Test("misses none and has none twice, however many have one time, and wherever they lie")
  func pages() throws {
    let (a, b) = (ChainFixture(1, "a", clock: start), ChainFixture(2, "b", clock: start))
    // More at one moment than a look has, then hours of nothing, then some in another day.
    a.record(2500, every: 0)
    b.record(1200, every: 0)
    a.clock = start - 3 * 86_400_000_000
    a.record(3)
    let fleet = try RecordedFleet([a, b])
    let forward = try read(fleet)
    #expect(forward.count == 3705)
    #expect(Set(places(forward)).count == 3705)
    #expect(places(forward).prefix(4) == ["1:2502", "1:2503", "1:2504", "1:1"])
    let backward = try fleet.reader().newest(10_000, RecordFilter())
    #expect(places(backward) == places(forward))
    #expect(places(try fleet.reader().newest(1202, RecordFilter())).first == "1:2501")
  }

  /// A transaction that began before another one may be committed after it.
  @Test("is followed without a gap, whichever transaction is committed first")
  func follow() throws {
    let (a, b) = pair()
    let fleet = try RecordedFleet([a, b])
    var filter = RecordFilter()
    filter.includesCheckpoints = true
    var follower = try fleet.reader().follower(filter)
    var told: [StoredRecord] = []
    try follower.past(2) { told += $0 }
    #expect(places(told) == ["1:4", "2:4"])
    #expect(try follower.next { told += $0 } == false)
    let slow = try fleet.database.server.connect(fleet.database.name)
    let (ofA, ofB) = (a.rows.count, b.rows.count)
    // Older, and committed later.
    a.clock = start - 1_000_000
    a.record(2)
    _ = try slow.run("BEGIN", by: patience)
    try fleet.write(a, from: ofA, on: slow)
    b.record(2)
    try fleet.write(b, from: ofB)
    let new = ChainFixture(3, "c", clock: start)
    new.record()
    try fleet.write(new)
    told = []
    #expect(try follower.next { told += $0 })
    #expect(places(told) == ["3:1", "3:2", "2:5", "2:6"])
    _ = try slow.run("COMMIT", by: patience)
    told = []
    #expect(try follower.next { told += $0 })
    #expect(told.map(\.line) == a.rows[ofA...].map(\.record.line))
    #expect(try follower.next { told += $0 } == false)
  }

  @Test("exports what a verifier follows, also from the middle on")
  func export() throws {
    let key = try #require(RecordedFleet.key)
    let (a, b) = pair(1200)
    let third = ChainFixture(3, "c", after: a.end, clock: now())
    b.list([a.head, third.head], key)
    let fleet = try RecordedFleet([a, b, third])
    func exported(_ change: (inout RecordFilter) -> Void = { _ in }) throws -> [[UInt8]] {
      var filter = RecordFilter()
      change(&filter)
      var lines: [[UInt8]] = []
      let export = try fleet.reader().export(filter) { lines.append($0) }
      #expect(export.finding == nil)
      return lines + [try #require(export.seal(key))]
    }
    func finding(_ lines: [[UInt8]]) -> AuditFinding? {
      var terms = AuditVerifier.Terms()
      (terms.keys, terms.wantsSignatures) = ([key.publicKey], true)
      var verifier = AuditVerifier(terms)
      do throws(AuditFinding) {
        var place = AuditFinding.Place(file: "f", line: 1)
        var begun: [UInt8] = []
        try verifier.take(lines.flatMap { $0 }[...], &begun, at: &place)
        try verifier.finish()
        return nil
      } catch {
        return error
      }
    }
    let all = try exported()
    #expect(all.dropLast() == (a.lines + b.lines + third.lines)[...])
    #expect(finding(all) == nil)
    let middle = try exported { $0.since = WallTime(microseconds: start + 900_000) }
    #expect(middle.count < all.count / 2)
    #expect(finding(middle) == nil)
    let one = try exported { $0.replicas = ["c"] }
    #expect(one.count == 3)
    #expect(finding(one) == nil)
    for removed in [0, 5, middle.count - 3] {
      var less = middle
      less.remove(at: removed)
      #expect(finding(less) != nil, "\(removed)")
    }
    _ = try fleet.database.run("DELETE FROM convene.audit WHERE writer = 2 AND seq = 7")
    let broken = try fleet.reader().export(RecordFilter()) { _ in }
    #expect(broken.finding?.writer == 2)
    #expect(broken.seal(key) == nil)
  }

  @Test("is for the role that audits alone, and that role can do nothing else")
  func roles() throws {
    let fleet = try RecordedFleet([pair().0])
    let serving = fleet.database.server.settings(fleet.database.name, user: fleet.database.serving)
    // It may ask for the version, and for no record.
    #expect(kind { try PostgresReader(serving).newest(1, RecordFilter()) } == .permission)
    #expect(kind { try PostgresReader(serving).verify(AuditVerifier.Terms()) } == .permission)
    let stranger = "\(fleet.database.name)_stranger"
    try fleet.database.server.run("CREATE ROLE \(stranger) LOGIN")
    let refused = failure { try PostgresReader(fleet.database.server.settings(fleet.database.name, user: stranger)) }
    #expect(refused?.kind == .permission && refused?.text.contains("--auditing-role") == true, "\(refused as Any)")
    let connection = try PostgresConnection(fleet.settings, by: patience)
    for sql in [
      "SELECT * FROM convene.audit", "DELETE FROM convene.audit", "INSERT INTO convene.anchors VALUES (1, 1, '', '')",
      "SELECT convene.extend_audit_v1(1)", "SELECT * FROM convene.droppable_v1('1 day')", "SELECT convene.heads_v1()",
      "SELECT convene.drop_audit_v1('1 day', '{}', '{}', '{}', '{}', 1, '')",
      "SELECT convene.retire_v1()", "SELECT * FROM convene.unsigned_anchors_v1(1)",
      "SELECT convene.kept_since('1 day')",
      "CREATE TABLE convene.mine ()", "SELECT * FROM convene.commands",
    ] {
      #expect(kind { try connection.run(sql, by: patience) } == .permission, "\(sql)")
    }
  }

  @Test("goes on after the connection was lost")
  func lost() throws {
    let (a, b) = pair()
    let fleet = try RecordedFleet([a, b])
    let reader = try fleet.reader()
    try fleet.database.server.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\(fleet.auditing)'")
    #expect(try reader.newest(1, RecordFilter()).count == 1)
  }
}
