import Audit
import Crypto
import EventLoop
import FleetFixture
import LedgerPostgres
import TestKit
import Testing

@Suite("Replicas that have gone for good", .timeLimit(.minutes(30)))
struct RetirementTests: RetentionSuite {
  let old: OldRecord

  init() throws { old = try OldRecord() }

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
}
