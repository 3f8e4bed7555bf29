import Audit
import CLinux
import GRDB
import Gateway
import Glibc
import JSON
import Ledger
import LedgerSQLite
import TestKit
import Testing

@Suite("A file of the audit")
struct SinkFileTests {
  private let scene: Scene
  private var file: String { scene.directory.file("audit.jsonl") }

  init() throws { scene = try Scene() }

  private func sink(_ path: String? = nil, rotateAt: Int = 1 << 30, keep: Int = 9) -> AuditSettings.Sink {
    .file(path: path ?? file, rotateAt: rotateAt, keep: keep)
  }

  /// Why the ledger can't be opened with this sink.
  private func refusal(_ sink: AuditSettings.Sink, others: [String] = []) -> String? {
    var settings = LedgerSettings()
    settings.path = scene.path
    let before = SQLiteStorage.refusal(of: sink, ledger: settings, others: others)
    do throws(LedgerError) {
      try scene.open([sink], options: { $0.otherFiles = others }).close()
      #expect(before == nil, "check says what serve says")
      return nil
    } catch {
      #expect(before.map { error.message.hasSuffix($0) } == true, "check says what serve says")
      return error.message
    }
  }

  /// What isn't a regular file, made at a path.
  static let others: [(String, @Sendable (String) throws -> Void)] = [
    ("a pipe", { try #require(mkfifo($0, 0o600) == 0) }),
    ("a directory", { try #require(mkdir($0, 0o700) == 0) }),
    ("a device", { try #require(symlink("/dev/null", $0) == 0) }),
  ]

  @Test("is a regular one: anything else is refused at once, with a word of what to do", arguments: others.indices)
  func notRegular(index: Int) throws {
    try scene.open().close()
    let (what, make) = Self.others[index]
    try make(file)
    let refusal = try #require(self.refusal(sink()))
    #expect(refusal.contains("\(file): \(what)") && refusal.contains("stdout"), "\(refusal)")
    rmdir(file)
  }

  @Test("is no pipe by a name of /proc's, as /dev/stdout is one")
  func nameless() throws {
    try scene.open().close()
    let pipe = try Pipe()
    let refusal = try #require(self.refusal(sink("/proc/self/fd/\(pipe.writer)")))
    #expect(refusal.contains("a pipe") && refusal.contains("stdout"), "\(refusal)")
  }

  @Test(
    "that has something else in it is refused and stays as it is",
    arguments: ["version: 1\n", "no line feed", "{\"seq\":1}\n", "{\"seq\":\"x\"", "\n", "\n\n{\"seq\":1,\"time\":\""])
  func foreign(text: String) throws {
    try scene.open().close()
    try write(Array(text.utf8), to: file)
    #expect(try #require(refusal(sink())).contains("does not end in a record"))
    #expect(contents(file) == Array(text.utf8))
  }

  @Test("that goes on with something else behind its last record is refused and stays as it is")
  func appended() throws {
    var ledger = try scene.open([sink()])
    try ledger.record(3)
    ledger.close()
    try write(Array("a note\n".utf8), to: file, flags: O_WRONLY | O_APPEND)
    let bytes = contents(file)
    #expect(refusal(sink()) != nil)
    #expect(contents(file) == bytes)
    try write(Array((bytes ?? []).dropLast(3)), to: file)
    #expect(refusal(sink()) != nil, "no line of ours begins so")
    // What a power failure leaves of blocks that were never written.
    try write((bytes ?? []).dropLast(7) + [UInt8](repeating: 0, count: 5000), to: file)
    ledger = try scene.open([sink()])
    try ledger.record(1)
    ledger.close()
    #expect(contents(file) == (try scene.exported()))
  }

  @Test(
    "that lost a block to a power failure and has whole records behind it has each record once",
    arguments: [(3, 0), (3, 1), (3, 4), (0, 0), (0, 2)])
  func lostBlock(synced: Int, block: Int) throws {
    var ledger = try scene.open([sink()])
    if synced > 0 { try ledger.record(synced) }
    ledger.close()
    let length = contents(file)?.count ?? 0
    ledger = try scene.open([sink()])
    try ledger.record(12)
    ledger.close()
    // As if these had been written at once, and the power had gone before they were synced.
    try scene.write { try $0.execute(sql: "UPDATE sinks SET seq = \(synced)") }
    var bytes = try #require(contents(file))
    let start = (length + 511) / 512 * 512 + block * 512
    try #require(start + 512 < bytes.count)
    for index in start..<(start + 512) { bytes[index] = 0 }
    try write(bytes, to: file)
    ledger = try scene.open([sink()])
    try ledger.record(1)
    ledger.close()
    #expect(contents(file) == (try scene.exported()))
  }

  @Test("that begins with zeros and is no sink's is refused and stays as it is")
  func binary() throws {
    try scene.open().close()
    let zeros = [UInt8](repeating: 0, count: 512)
    for text in [[1, 2, 3, 0, 4], Array("somebody's notes, line after line\n".utf8)] {
      let bytes = zeros + text + zeros
      try write(bytes, to: file)
      #expect(try #require(refusal(sink())).contains("does not end in a record"))
      #expect(contents(file) == bytes)
    }
  }

  @Test("of another ledger is refused and stays as it is")
  func anotherLedger() throws {
    let other = try Scene()
    other.clock.advance(.seconds(1))
    let ledger = try other.open([sink()])
    try ledger.record(9)
    ledger.close()
    let bytes = contents(file)
    for _ in 1...2 {
      #expect(try #require(refusal(sink())).contains("another ledger"))
      #expect(contents(file) == bytes)
      try scene.open().close()
    }
  }

  @Test(
    "is none of the ledger's own, by whatever name",
    arguments: [
      "ledger.db", "./ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db.lock", "link", "hard", "ledger",
    ])
  func own(name: String) throws {
    try scene.open().close()
    if name == "link" { try #require(symlink("ledger.db-wal", scene.directory.file(name)) == 0) }
    if name == "hard" { try #require(Glibc.link("\(scene.path).lock", scene.directory.file(name)) == 0) }
    if name == "ledger" { try #require(symlink(scene.path, scene.directory.file("ledger.1")) == 0) }
    let bytes = contents(scene.path)
    let others = name == "ledger" ? [scene.directory.file("ledger.1")] : []
    #expect(try #require(refusal(sink(scene.directory.file(name)), others: others)).contains("which the gateway needs"))
    #expect(contents(scene.path) == bytes)
  }

  @Test(
    "that was renamed is begun anew, at once where that is said, else at the next record", arguments: [true, false])
  func renamed(isSaid: Bool) throws {
    let ledger = try scene.open([sink()])
    try ledger.record(5)
    try wait { contents(file).map { lines($0).count } == 5 }
    let old = scene.directory.file("audit.jsonl-20261127")
    try #require(rename(file, old) == 0)
    if isSaid {
      ledger.reopenSinks()
      try wait { contents(file) == [] }
    }
    try ledger.record(5)
    try wait { contents(file).map { lines($0).count } == 5 }
    #expect((contents(old) ?? []) + (contents(file) ?? []) == (try scene.exported()))
    // And again, by who removes it.
    try #require(unlink(file) == 0)
    try ledger.record(2)
    try wait { contents(file).map { lines($0).count } == 2 }
    ledger.close()
    // A new process goes on behind the last one, though a rotated file of long ago has an old record at its end.
    try #require(rename(old, "\(file).1") == 0 && unlink(file) == 0)
    let next = try scene.open([sink()])
    try next.record(1)
    next.close()
    #expect(try lines(contents(file) ?? []).map { try JSONValue.parse($0)["seq"]?.integer } == [13])
  }

  @Test("that was put back goes on; another one in its place is not written")
  func replaced() throws {
    let lines = LogLines()
    let ledger = try scene.open([sink()], logger: lines.logger)
    try ledger.record(5)
    try wait { contents(file).map { LedgerTests.lines($0).count } == 5 }
    let old = scene.directory.file("old")
    try #require(rename(file, old) == 0)
    try ledger.record(5)
    try wait { contents(file).map { LedgerTests.lines($0).count } == 5 }
    try #require(rename(file, scene.directory.file("newer")) == 0 && rename(old, file) == 0)
    try ledger.record(1)
    try wait { contents(file).map { LedgerTests.lines($0).count } == 6 }
    try write(Array("something else\n".utf8), to: old)
    try #require(rename(old, file) == 0)
    ledger.reopenSinks()
    try wait { lines.all.contains { $0.contains("can't be opened") } }
    try ledger.record(1)
    #expect(contents(file) == Array("something else\n".utf8))
    try #require(unlink(file) == 0)
    // Not at once: it is tried once a second.
    try wait { contents(file).map { LedgerTests.lines($0).count } == 1 }
    ledger.close()
  }

  @Test("that somebody copied and cut goes on from its beginning, with a warning")
  func cut() throws {
    let log = LogLines()
    let ledger = try scene.open([sink()], logger: log.logger)
    try ledger.record(5)
    try wait { contents(file).map { lines($0).count } == 5 }
    let copy = try #require(contents(file))
    try #require(truncate(file, 0) == 0)
    try ledger.record(5)
    ledger.close()
    #expect(copy + (contents(file) ?? []) == (try scene.exported()))
    #expect(log.all.contains { $0.hasPrefix("warning") && $0.contains("was cut") })
  }

  @Test("that another ledger writes is left to that one")
  func shared() throws {
    let other = try Scene()
    let first = try other.open([sink()])
    try first.record(1)
    try wait { contents(file).map { lines($0).count } == 1 }
    try #require(truncate(file, 0) == 0)
    let log = LogLines()
    let second = try scene.open([sink()], options: { $0.sinkTimeout = .zero }, logger: log.logger)
    try second.record(1)
    try wait { log.all.contains { $0.contains("an audit sink can't be written") } }
    second.close()
    #expect(contents(file) == [])
    first.close()
  }

  @Test("behind a link is rotated where it lies")
  func link() throws {
    let target = try TemporaryDirectory()
    try #require(symlink(target.file("real.jsonl"), file) == 0)
    let ledger = try scene.open([sink(rotateAt: 1500, keep: 30)])
    try ledger.record(20)
    ledger.close()
    #expect(names(in: scene.directory.path) == ["audit.jsonl", "ledger.db", "ledger.db.lock"])
    let count = names(in: target.path).count
    #expect(count > 3)
    let bytes = (0..<count).reversed().flatMap {
      contents(target.file($0 == 0 ? "real.jsonl" : "real.jsonl.\($0)")) ?? []
    }
    #expect(bytes == (try scene.exported()))
  }

  @Test("of a ledger in memory is put aside when the next process begins")
  func memory() throws {
    var settings = LedgerSettings()
    settings.path = nil
    var audit = AuditSettings()
    audit.sinks = [sink()]
    for round in 1...3 {
      let ledger = try StoredLedger(settings: settings, sinks: audit, logger: quiet) { _ in }
      try ledger.record(round)
      ledger.close()
    }
    let counts = ["", ".1", ".2"].map { lines(contents(file + $0) ?? []).count }
    #expect(counts == [3, 2, 1])
  }
}
