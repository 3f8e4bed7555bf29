import Audit
import EventLoop
import Gateway
import JSON
import Ledger
import LedgerPostgres
import TestKit
import Testing

/// Sinks of replicas that share a ledger: another one drops the record's oldest days.
@Suite("A sink of a replica that shares its ledger")
struct SharedSinkTests {
  private let scene: PostgresScene
  private let directory: TemporaryDirectory
  private var file: String { directory.file("audit.jsonl") }

  init() throws {
    scene = try PostgresScene()
    directory = try TemporaryDirectory()
  }

  private func open(_ replica: String = "one", _ sinks: [AuditSettings.Sink] = []) throws(LedgerError) -> StoredLedger {
    var options = LedgerOptions()
    options.organization = "example"
    options.floodAllowance = .max
    var audit = AuditSettings()
    audit.sinks = sinks
    return try StoredLedger(
      in: scene.storage(replica: replica, usesServerClock: true), settings: .init(), sinks: audit, options: options,
      logger: quiet, onFatal: { _ in })
  }

  private var sink: [AuditSettings.Sink] { [.file(path: file, rotateAt: 1 << 20, keep: 1)] }

  private func delivered(_ writer: Int) throws -> String? {
    try scene.texts(
      "SELECT convert_from(value, 'UTF8') FROM SCHEMA.notes WHERE writer = \(writer) AND key = 'delivered'"
    )
    .first
  }

  /// As retention does.
  private func drop(through seq: Int) throws {
    for sql in [
      """
      INSERT INTO SCHEMA.anchors SELECT writer, seq, hash,
          convert_to(format('{"writer":%s,"seq":%s,"hash":"%s"}', writer, seq, encode(hash, 'hex')), 'UTF8')
        FROM SCHEMA.audit WHERE writer = 1 AND seq = \(seq)
        ON CONFLICT (writer) DO UPDATE SET seq = EXCLUDED.seq, hash = EXCLUDED.hash, signed = EXCLUDED.signed
      """, "DELETE FROM SCHEMA.audit WHERE writer = 1 AND seq <= \(seq)",
    ] {
      _ = try scene.rows(sql)
    }
  }

  @Test("is known to the others: up to which record all of a replica's sinks have its chain")
  func known() throws {
    let (one, two) = (try open("one", sink), try open("two"))
    _ = try two.ask(.record(entry()))
    #expect(try delivered(2) == "9223372036854775807")
    _ = try one.ask(.record(entry()))
    #expect(try Int(delivered(1) ?? "") ?? .max <= 2)
    try one.record(20)
    one.close()
    two.close()
    let newest = { try scene.texts("SELECT seq::text FROM SCHEMA.writers WHERE id = 1").first }
    #expect(try delivered(1) == newest())
    // Without the sink nothing has to wait for it.
    let without = try open("one")
    try without.waitForTurn()
    _ = try without.ask(.record(entry()))
    without.close()
    #expect(try delivered(1) == "9223372036854775807")
    // One that it had never before has nothing.
    let other = try open("one", [.file(path: directory.file("other.jsonl"), rotateAt: 1 << 20, keep: 1)])
    _ = try other.ask(.record(entry()))
    other.close()
    #expect(try delivered(1) == newest())
  }

  @Test("goes on behind a gap with the true hash of what it lacks")
  func gap() throws {
    var one = try open()
    try one.record(9)
    one.close()
    try drop(through: 6)
    one = try open("one", sink)
    try one.record(1)
    one.close()
    #expect(lines(try #require(contents(file))).count == 5)
    #expect(try follow(contents(file) ?? []).chain?.seq == 11)
  }

  @Test("goes on behind a gap while it lives, and what was dropped meanwhile is not what it knew before")
  func laterGap() throws {
    var one = try open()
    try one.record(9)
    one.close()
    try drop(through: 3)
    one = try open()
    try one.record(1)
    try drop(through: 7)
    one.close()
    one = try open("one", sink)
    try drop(through: 8)
    try one.record(1)
    one.close()
    #expect(try follow(contents(file) ?? []).chain?.seq == 12)
  }

  @Test("that was blocked goes on behind what was dropped meanwhile, with the true hash of that")
  func blocked() throws {
    let pipe = try Pipe()
    var options = LedgerOptions()
    (options.organization, options.floodAllowance) = ("example", .max)
    (options.standardOutput, options.sinkCapacity) = (pipe.writer, 10_000)
    var audit = AuditSettings()
    audit.sinks = [.stdout]
    let one = try StoredLedger(
      in: scene.storage(usesServerClock: true), settings: .init(), sinks: audit, options: options, logger: quiet,
      onFatal: { _ in })
    try one.record(2000)
    #expect(try Int(delivered(1) ?? "") ?? .max < 1990)
    try drop(through: 1990)
    let hash = try #require(try scene.texts("SELECT encode(hash, 'hex') FROM SCHEMA.anchors WHERE writer = 1").first)
    let reader = Signal<[UInt8]>()
    let thread = OwnedThread(name: "reader") { [pipe] in reader.set(pipe.readAll()) }
    one.close()
    pipe.closeWriter()
    let copied = try lines(reader.wait()).map { try JSONValue.parse($0) }
    thread.join()
    let seqs = copied.compactMap { $0["seq"]?.integer }
    let gap = try #require(seqs.indices.dropLast().first { seqs[$0 + 1] != seqs[$0] + 1 })
    #expect(seqs[gap + 1] == 1991 && copied[gap + 1]["prev"]?.string == hash)
    #expect(seqs[...gap] == Array(1...seqs[gap])[...] && seqs[(gap + 1)...] == Array(1991...(seqs.last ?? 0))[...])
  }

  @Test("goes on where all records of the chain were dropped, after it had them")
  func nothingLeft() throws {
    var one = try open("one", sink)
    try one.record(9)
    one.close()
    try drop(through: 10)
    #expect(try scene.integer("SELECT count(*) FROM SCHEMA.audit WHERE writer = 1") == 0)
    one = try open("one", sink)
    try one.record(2)
    one.close()
    #expect(try follow(contents(file) ?? []).chain?.seq == 12)
    #expect(lines(try #require(contents(file))).count == 12)
  }
}
