import Audit
import Crypto
import EventLoop
import Foundation
import GRDB
import Ledger
import LedgerSQLite
import Testing

@Suite("A ledger's audit")
struct LedgerVerificationTests {
  private let scene: Scene
  private let key: SigningKey

  init() throws {
    scene = try Scene()
    key = try #require(SigningKey.ofTests)
  }

  private func fill(_ count: Int, key: SigningKey? = .ofTests) throws {
    let ledger = try scene.openSigned(every: 10, key: key)
    for _ in 0..<(count / 10) { try ledger.record(10) }
    ledger.close()
  }

  private func change(_ sql: String) throws { try scene.write { try $0.execute(sql: sql) } }

  @Test("is intact, from record 1, with all its checkpoints")
  func intact() throws {
    try fill(2500)
    let verifier = try scene.verify { ($0.keys, $0.wantsSignatures) = ([key.publicKey], true) }
    #expect(verifier.summary.first == 1 && verifier.summary.checkpoints >= 250)
    #expect(verifier.chain?.seq == Int64(verifier.summary.records))
    #expect(verifier.summary.vouchedFor == (verifier.chain?.seq ?? 0) - 1, "closing leaves nothing unsigned")
  }

  @Test(
    "shows what was changed in it",
    arguments: [
      ("UPDATE audit SET record = replace(record, '10.0.0.5:1', '10.0.0.6:1') WHERE seq = 5", .edited),
      ("UPDATE audit SET hash = zeroblob(32) WHERE seq = 5", .edited),
      ("UPDATE audit SET team = 'other' WHERE seq = 5", .edited),
      ("UPDATE audit SET decision = 'forwarded' WHERE seq = 5", .edited),
      ("UPDATE audit SET time = time + 1 WHERE seq = 5", .edited),
      ("UPDATE audit SET record = 'no JSON' WHERE seq = 5", .edited),
      ("DELETE FROM audit WHERE seq = 5", .gap), ("DELETE FROM audit WHERE seq < 5", .gap),
      ("DELETE FROM audit WHERE seq >= 20", .truncated), ("DELETE FROM audit", .truncated),
      ("UPDATE audit SET seq = seq + 1000 WHERE seq >= 5", .gap),
    ] as [(String, AuditFinding.Kind)])
  func changed(_ sql: String, _ kind: AuditFinding.Kind) throws {
    for key in [key, nil] {
      let scene = try Scene()
      let ledger = try scene.openSigned(every: 10, key: key)
      for _ in 0..<3 { try ledger.record(10) }
      ledger.close()
      #expect(try scene.finding() == nil)
      try scene.write { try $0.execute(sql: sql) }
      #expect(try scene.finding()?.kind == kind)
    }
  }

  @Test("from whose end records and notes were deleted shows it by its last checkpoint")
  func truncated() throws {
    try fill(30)
    try change("DELETE FROM audit WHERE seq > 25; DELETE FROM meta WHERE key = 'audit_head'")
    #expect(try scene.finding()?.kind == .truncated)
    try change("DELETE FROM meta WHERE key = 'audit_checkpoint'")
    #expect(try scene.finding { ($0.keys, $0.wantsSignatures) = ([key.publicKey], true) }?.kind == .truncated)
  }

  @Test("whose end was deleted never gives those numbers again")
  func resumed() throws {
    try fill(30)
    let end = try #require(try scene.verify().chain)
    try change("DELETE FROM audit WHERE seq > 20")
    try fill(10)
    let found = try #require(try scene.finding())
    #expect(found.kind == .gap && found.reason == "records 21 to \(end.seq) are missing")
  }

  @Test("can be checked while it is written and pruned")
  func live() throws {
    let ledger = try scene.openSigned(every: 10)
    for _ in 0..<5 { try ledger.record(300) }
    scene.clock.advance(.seconds(91 * 86_400))
    ledger.close()
    let next = try scene.openSigned(every: 10)
    var first: Int64 = 0
    while first < 1000 {
      try next.record(20)
      let verifier = try scene.verify { $0.keys = [key.publicKey] }
      first = try #require(verifier.summary.first)
    }
  }

  /// 300 old records, which were pruned, and some young ones.
  private func prune(key: SigningKey? = .ofTests) throws -> Int64 {
    try fill(300, key: key)
    scene.clock.advance(.seconds(91 * 86_400))
    let ledger = try scene.openSigned(every: 10, key: key)
    while try scene.read({ try Int64.fetchOne($0, sql: "SELECT min(seq) FROM audit") ?? 0 }) < 100 {
      try ledger.record(1)
    }
    try ledger.record(30)
    ledger.close()
    return try #require(try scene.verify().summary.first)
  }

  @Test("that was pruned begins where a signed note says")
  func pruned() throws {
    let first = try prune()
    #expect(try scene.verify { ($0.keys, $0.wantsSignatures) = ([key.publicKey], true) }.summary.first == first)
    let hash = try scene.read { try Data.fetchOne($0, sql: "SELECT hash FROM audit WHERE seq = \(first + 1)") }
    try change("DELETE FROM audit WHERE seq < \(first + 2)")
    #expect(try scene.finding()?.kind == .gap)
    // Also when the one who deletes changes the note, since that can't be signed.
    let next = AuditChain(seq: first + 1, hash: Array(try #require(hash)))
    let note = String(decoding: try text(ChainMark(.anchor, of: next, signedBy: .stranger)), as: UTF8.self)
    try change("UPDATE meta SET value = '\(note)' WHERE key = 'audit_anchor'")
    #expect(try scene.finding() == nil, "without the key nothing tells")
    #expect(try scene.finding { $0.keys = [key.publicKey] }?.kind == .badSignature)
  }

  @Test("from which somebody else deleted old records gets no signature for that by pruning")
  func laundered() throws {
    let first = try prune()
    try change("DELETE FROM audit WHERE seq < \(first + 2)")
    scene.clock.advance(.seconds(91 * 86_400))
    let ledger = try scene.openSigned(every: 10)
    while try scene.read({ try Int64.fetchOne($0, sql: "SELECT min(seq) FROM audit") ?? 0 }) < first + 10 {
      try ledger.record(1)
    }
    ledger.close()
    #expect(try scene.finding { $0.keys = [key.publicKey] }?.kind == .badSignature)
  }

  @Test("from which somebody else deleted old records gets no signature at a start, whatever the notes say")
  func readopted() throws {
    let first = try prune()
    let hash = try scene.read { try Data.fetchOne($0, sql: "SELECT hash FROM audit WHERE seq = \(first + 1)") }
    try change(
      """
      DELETE FROM audit WHERE seq < \(first + 2); DELETE FROM meta WHERE key = 'audit_checkpoint';
      UPDATE meta SET value = '{"seq":\(first + 1),"hash":"\(Array(try #require(hash)).hex)"}' WHERE key = 'audit_anchor'
      """)
    try fill(10)
    #expect(try scene.finding { $0.keys = [key.publicKey] }?.kind == .badSignature)
  }

  @Test("that was pruned before there was a key is signed by the first one")
  func adopted() throws {
    _ = try prune(key: nil)
    try fill(10)
    #expect(try scene.finding { ($0.keys, $0.wantsSignatures) = ([key.publicKey], true) } == nil)
  }

  private func text(_ mark: ChainMark) throws -> [UInt8] {
    let signature = try #require(mark.signature)
    return Array(
      #"{"seq":\#(mark.seq),"hash":"\#(mark.hash.hex)","key":"\#(signature.key)","signature":"\#(signature.bytes.base64)"}"#
        .utf8)
  }
}
