import Audit
import Crypto
import EventLoop
import GRDB
import Gateway
import Glibc
import JSON
import Ledger
import LedgerSQLite
import Testing

@Suite("A checkpoint", .everyOwnStore)
struct CheckpointTests {
  private let scene: Scene

  init() throws { scene = try Scene() }

  @Test("is a record of the chain, whose signature anyone can check from what is documented")
  func documented() throws {
    let key = try #require(SigningKey.ofTests)
    let ledger = try scene.openSigned(every: 3)
    for _ in 1...3 { try ledger.record(1) }
    ledger.close()
    let record = try #require(try scene.records().last)
    #expect(record.object?.members.map(\.key) == ["seq", "time", "checkpoint"])
    let checkpoint = try #require(record["checkpoint"])
    #expect(checkpoint["seq"]?.integer == 3 && record["seq"]?.integer == 4)
    #expect(checkpoint["key"]?.string == Array(Digest.sha256(key.publicKey.bytes).prefix(8)).hex)
    let hash = try #require(checkpoint["hash"]?.string)
    let signature = try #require(checkpoint["signature"]?.string.flatMap { [UInt8](base64: $0) })
    #expect(key.publicKey.isValid(signature, of: Array("convene-checkpoint-1\n3\n\(hash)".utf8)))
    #expect(!key.publicKey.isValid(signature, of: Array("convene-anchor-1\n3\n\(hash)".utf8)))
  }

  @Test("comes after so many records, and when the ledger closes, but not twice for the same")
  func every() throws {
    let ledger = try scene.openSigned(every: 5)
    for _ in 1...12 { try ledger.record(1) }
    #expect(try scene.checkpoints() == [6, 12])
    ledger.close()
    #expect(try scene.checkpoints() == [6, 12, 15])
    let next = try scene.openSigned(every: 5)
    next.close()
    #expect(try scene.checkpoints() == [6, 12, 15])
  }

  @Test("comes when a record has waited long enough, though nothing else happens")
  func interval() throws {
    let ledger = try scene.openSigned(every: 1000, interval: .milliseconds(20))
    try ledger.record(1)
    while try scene.checkpoints().isEmpty { sched_yield() }
    #expect(try scene.checkpoints() == [2])
  }

  @Test("comes at the next start for what a killed process left without one")
  func leftBehind() throws {
    let ledger = try scene.openSigned(every: 1000)
    try ledger.record(3)
    let dead = try scene.killed()
    let next = try dead.openSigned(every: 1000)
    try next.waitForTurn()
    try next.waitForTurn()
    #expect(try dead.decisions().count == 4)
    #expect(try dead.records().last?["checkpoint"]?["seq"]?.integer == 3)
  }

  @Test("goes to the sinks like every record")
  func sinks() throws {
    let file = scene.directory.file("audit.jsonl")
    let ledger = try scene.open(
      [.file(path: file, rotateAt: 1 << 30, keep: 1)],
      options: { options in
        options.checkpoint = SigningKey.ofTests.map { CheckpointSigning(key: $0, every: 5, interval: .seconds(60)) }
      })
    for _ in 1...7 { try ledger.record(1) }
    ledger.close()
    let bytes = try #require(contents(file))
    #expect(bytes == (try scene.exported()))
    #expect(finding(bytes)?.kind == .truncated, "a sink's file has no seal")
    #expect(finding(bytes) { $0.allowsOpenTail = true } == nil)
  }

  @Test("is not written without a key")
  func none() throws {
    let ledger = try scene.open()
    try ledger.record(2000)
    ledger.close()
    #expect(try scene.checkpoints().isEmpty)
  }
}
