import Audit
import GRDB
import Gateway
import Glibc
import JSON
import Ledger
import LedgerSQLite
import TestKit
import Testing

/// Only what the ledger knows to have written is cut off.
@Suite("A file of the audit that ends in the middle of a line")
struct TornFileTests {
  private let scene: Scene
  private var file: String { scene.directory.file("audit.jsonl") }
  private var sink: AuditSettings.Sink { .file(path: file, rotateAt: 1 << 30, keep: 3) }

  init() throws { scene = try Scene() }

  private func isRefused() throws -> Bool {
    var settings = LedgerSettings()
    settings.path = scene.path
    let checked = SQLiteStorage.refusal(of: sink, ledger: settings)
    do throws(LedgerError) {
      try scene.open([sink]).close()
      #expect(checked == nil)
      return false
    } catch {
      #expect(checked.map { error.message.hasSuffix($0) } == true)
      return true
    }
  }

  static let beginnings = [
    "{", "{\"seq\":", "{\"seq\":1", "{\"seq\":5,\"time\":\"x", "{\"seq\":2,\"time\":\"2026-11-23T",
  ]

  @Test("and that no ledger has written is refused and stays as it is", arguments: beginnings, [0, 1, 6])
  func stranger(text: String, records: Int) throws {
    // A ledger with records, of which another sink has all.
    let ledger = try scene.open([.file(path: scene.directory.file("other.jsonl"), rotateAt: 1 << 30, keep: 3)])
    if records > 0 { try ledger.record(records) }
    ledger.close()
    try write(Array(text.utf8), to: file)
    #expect(try isRefused())
    #expect(contents(file) == Array(text.utf8))
  }

  @Test("behind this ledger's records, and that isn't the next one's, is refused and stays as it is")
  func behind() throws {
    let ledger = try scene.open([sink])
    try ledger.record(3)
    ledger.close()
    let whole = try #require(contents(file))
    for text in ["{\"seq\":4,\"time\":\"x", "{", "{\"seq\":4"] {
      try write(whole + Array(text.utf8), to: file)
      #expect(try isRefused(), "\(text): the ledger has no fourth record")
      #expect(contents(file) == whole + Array(text.utf8))
    }
    let two = joined(lines(whole).prefix(2))
    var other = Array(whole.dropLast(10))
    other[two.count + 30] ^= 1
    try write(other, to: file)
    #expect(try isRefused())
    #expect(contents(file) == other)
  }

  @Test("and that this ledger was just beginning is written again, wherever it was cut")
  func own() throws {
    let ledger = try scene.open([sink])
    try ledger.record(4)
    ledger.close()
    let whole = try #require(contents(file))
    let two = joined(lines(whole).prefix(2)).count
    try write(Array(whole[..<two]), to: "\(file)-moved")
    // As if the process had died before it noted what it wrote.
    for length in [1, 7, 8, 40, whole.count - two - 1] {
      try scene.write { try $0.execute(sql: "UPDATE sinks SET seq = 1") }
      try write(Array(whole[two..<(two + length)]), to: file)
      let next = try scene.open([sink])
      next.close()
      #expect(contents(file).map { whole.suffix($0.count) == $0[...] } == true, "\(length)")
      #expect(contents(file)?.count ?? 0 >= whole.count - two, "\(length)")
    }
  }
}
