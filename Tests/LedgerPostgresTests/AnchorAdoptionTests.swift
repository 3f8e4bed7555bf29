import Audit
import Crypto
import EventLoop
import FleetFixture
import LedgerPostgres
import TestKit
import Testing

@Suite("Notes of what was dropped, where there was no key", .timeLimit(.minutes(30)))
struct AnchorAdoptionTests: RetentionSuite {
  let old: OldRecord

  init() throws { old = try OldRecord() }

  /// A chain without a signature.
  private func unsigned(_ writer: Int64, _ replica: String, from days: Int64, to end: Int64 = 0) -> ChainFixture {
    chain(writer, replica, from: days, to: end, signing: false)
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
