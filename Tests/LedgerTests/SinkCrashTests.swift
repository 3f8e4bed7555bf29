import Audit
import GRDB
import Gateway
import Glibc
import Ledger
import LedgerSQLite
import Testing

@Suite("A file of the audit, after a crash")
struct SinkCrashTests {
  private let scene: Scene
  private var file: String { scene.directory.file("audit.jsonl") }

  init() throws { scene = try Scene() }

  private func run(_ count: Int, rotateAt: Int = 1 << 30, keep: Int = 9) throws {
    let ledger = try scene.open([.file(path: file, rotateAt: rotateAt, keep: keep)])
    if count > 0 { try ledger.record(count) }
    ledger.close()
  }

  @Test("at any byte of its last line lacks no record and has none twice")
  func cut() throws {
    try run(3)
    let whole = try #require(contents(file))
    let kept = joined(lines(whole).prefix(2)).count
    for length in kept...whole.count {
      try write(Array(whole[..<length]), to: file)
      try run(0)
      #expect(contents(file) == whole, "cut at byte \(length)")
    }
    // And with records that come at once.
    for length in [kept, kept + 1, whole.count - 1] {
      try write(Array(whole[..<length]), to: file)
      try run(2)
      #expect(contents(file) == (try scene.exported()), "cut at byte \(length)")
    }
  }

  @Test("has what was written but not noted once, not twice")
  func unnoted() throws {
    try run(5)
    try scene.write { try $0.execute(sql: "UPDATE sinks SET seq = 2") }
    try run(1)
    #expect(try #require(contents(file)) == (try scene.exported()))
  }

  @Test("that was just renamed is begun anew behind its last record")
  func renamed() throws {
    try run(5)
    try #require(rename(file, file + ".1") == 0)
    try run(3)
    let bytes = (contents(file + ".1") ?? []) + (contents(file) ?? [])
    #expect(bytes == (try scene.exported()))
  }

  @Test("in the middle of a rotation goes on with it and loses no file")
  func rotating() throws {
    // Each file has room for a few lines.
    try run(20, rotateAt: 1500, keep: 30)
    let before = names(in: scene.directory.path).filter { $0.hasPrefix("audit.jsonl.") }.count
    try #require(before > 3)
    // As if the process had died after it renamed the older half.
    for number in stride(from: before, through: 2, by: -1) {
      try #require(rename("\(file).\(number)", "\(file).\(number + 1)") == 0)
    }
    try run(20, rotateAt: 1500, keep: 30)
    let numbers = names(in: scene.directory.path).compactMap { Int($0.split(separator: ".").last ?? "") }.sorted(by: >)
    let bytes = numbers.flatMap { contents("\(file).\($0)") ?? [] } + (contents(file) ?? [])
    #expect(bytes == (try scene.exported()))
  }
}
