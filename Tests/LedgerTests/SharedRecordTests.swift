import Audit
import Crypto
import EventLoop
import Gateway
import Ledger
import LedgerPostgres
import Testing

/// What gateways write, as the audit's commands read it.
@Suite("The record of a shared ledger")
struct SharedRecordTests {
  private let scene: PostgresScene
  private let key: SigningKey

  init() throws {
    scene = try PostgresScene()
    key = try #require(SigningKey.ofTests)
  }

  private func open(_ replica: String) throws -> StoredLedger {
    var options = LedgerOptions()
    options.organization = "example"
    options.configuration = "0123456789ab"
    options.checkpoint = CheckpointSigning(key: key, every: 5, interval: .seconds(3600))
    return try StoredLedger(
      in: scene.storage(replica: replica, usesServerClock: true), settings: .init(), sinks: .init(), options: options,
      logger: quiet, onFatal: { _ in })
  }

  private var reader: PostgresReader {
    get throws { try PostgresReader(scene.connection, schema: scene.schema) }
  }

  @Test("is one chain for each replica, over its restarts, and intact")
  func verified() throws {
    for round in 1...2 {
      let ledgers = [try open("one"), try open("two")]
      for (number, ledger) in ledgers.enumerated() {
        for command in 1...4 {
          let id = "c-\(round)-\(number)-\(command)"
          _ = try ledger.ask(admission(id))
          _ = try ledger.ask(settlement(id, .done(conferenceID: id)))
        }
      }
      for ledger in ledgers { ledger.close() }
    }
    var terms = AuditVerifier.Terms()
    (terms.keys, terms.wantsSignatures) = ([key.publicKey], true)
    let summary = try reader.verify(terms)
    #expect(summary.chains == 2 && summary.checkpoints >= 4, "\(summary)")
    var filter = RecordFilter()
    filter.commandIDs = ["c-2-1-3"]
    let found = try reader.newest(9, filter)
    #expect(found.count == 1)
    filter = RecordFilter()
    filter.decisions = ["chain"]
    #expect(
      try reader.newest(9, filter).compactMap { ChainStart(record: $0.record)?.replica }.sorted() == ["one", "two"])
    var lines: [UInt8] = []
    let export = try reader.export(RecordFilter()) { lines += $0 }
    #expect(export.finding == nil)
    lines += try #require(export.seal(key))
    #expect(finding(lines) { ($0.keys, $0.wantsSignatures) = ([key.publicKey], true) } == nil)
    #expect(try reader.pseudonyms().count == 1)
    // As anyone who may write the tables could.
    _ = try scene.connect().run(
      "DELETE FROM \(scene.schema).audit a USING \(scene.schema).writers w WHERE a.writer = w.id AND a.seq = w.seq",
      by: MonotonicTime.now + .seconds(30))
    #expect(throws: AuditFinding.self) { try reader.verify(terms) }
  }
}
