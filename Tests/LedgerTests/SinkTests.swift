import Audit
import CLinux
import EventLoop
import Gateway
import Glibc
import JSON
import Ledger
import LedgerSQLite
import TestKit
import Testing

@Suite("A sink of the audit")
struct SinkTests {
  private let scene: Scene
  private var file: String { scene.directory.file("audit.jsonl") }

  init() throws { scene = try Scene() }

  private func sink(rotateAt: Int = 1 << 30, keep: Int = 9) -> AuditSettings.Sink {
    .file(path: file, rotateAt: rotateAt, keep: keep)
  }

  private func record(_ count: Int, _ ledger: StoredLedger) throws {
    let mailbox = Mailbox()
    for number in 1...count { _ = ledger.post(.record(entry("\(number)", peer: "10.0.0.\(number):1")), mailbox) }
    try mailbox.waitForAnswers(count)
  }

  private func sequence(_ bytes: [UInt8]?) throws -> [Int64] {
    try lines(bytes ?? []).map { try #require(try JSONValue.parse($0)["seq"]?.integer) }
  }

  @Test("gets each record once and in order, and goes on after a restart")
  func once() throws {
    for _ in 1...3 {
      let ledger = try scene.open([sink()], options: { $0.floodAllowance = .max })
      try record(500, ledger)
      ledger.close()
    }
    #expect(try sequence(contents(file)) == Array(1...1500))
    #expect(try follow(contents(file) ?? []).chain?.seq == 1500)
  }

  @Test("that was not there before begins with the oldest record")
  func late() throws {
    let ledger = try scene.open(options: { $0.floodAllowance = .max })
    try record(700, ledger)
    ledger.close()
    try scene.open([sink()]).close()
    #expect(try follow(contents(file) ?? []).chain?.seq == 700)
  }

  @Test("that has no room reads what it missed from the table")
  func overflow() throws {
    let ledger = try scene.open([sink()], options: { ($0.sinkCapacity, $0.floodAllowance) = (1000, .max) })
    try record(2000, ledger)
    ledger.close()
    #expect(try sequence(contents(file)) == Array(1...2000))
    #expect(try follow(contents(file) ?? []).chain?.seq == 2000)
  }

  @Test("rotates its file between lines, and keeps as many as it is told")
  func rotates() throws {
    let ledger = try scene.open([sink(rotateAt: 10_000, keep: 2)])
    try record(100, ledger)
    ledger.close()
    #expect(
      names(in: scene.directory.path).filter { $0.hasPrefix("audit") }
        == ["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2"])
    let files = try ["audit.jsonl.2", "audit.jsonl.1", "audit.jsonl"].map {
      try #require(contents(scene.directory.file($0)))
    }
    #expect(files.allSatisfy { $0.count <= 10_000 && $0.last == UInt8(ascii: "\n") })
    #expect(try follow(files.flatMap(\.self)).chain?.seq == 100)
    var status = stat()
    #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
  }

  @Test("cuts off the line in whose middle an earlier process died")
  func torn() throws {
    let first = try scene.open([sink()])
    try record(4, first)
    first.close()
    try write(Array(try #require(contents(file)).dropLast(50)), to: file)
    let second = try scene.open([sink()])
    try record(1, second)
    second.close()
    #expect(try follow(contents(file) ?? []).chain?.seq == 5)
  }

  @Test("that can't be written is tried again, and gets everything")
  func unwritable() throws {
    let directory = scene.directory.file("later")
    let file = "\(directory)/audit.jsonl"
    let ledger = try scene.open([.file(path: file, rotateAt: 1 << 30, keep: 9)])
    try record(10, ledger)
    try #require(mkdir(directory, 0o700) == 0)
    defer { for name in names(in: directory) { unlink("\(directory)/\(name)") }; rmdir(directory) }
    while contents(file).map({ lines($0).count }) != 10 { sched_yield() }
    ledger.close()
    #expect(try sequence(contents(file)) == Array(1...10))
  }

  @Test(
    "whose disk gets full has each record once, also those that still went out as a part of more",
    .enabled(if: TinyDisk.isPossible))
  func full() throws {
    let disk = try TinyDisk(mebibytes: 1)
    // Less than what is handed over at a time.
    try disk.fill(leaving: 20_000)
    let lines = LogLines()
    let ledger = try scene.open(
      [.file(path: disk.file("audit.jsonl"), rotateAt: 1 << 30, keep: 1)],
      options: { ($0.floodAllowance, $0.sinkTimeout) = (.max, .seconds(60)) }, logger: lines.logger)
    try record(2000, ledger)
    while !lines.all.contains(where: { $0.contains("an audit sink can't be written") }) { sched_yield() }
    disk.empty()
    ledger.close()
    #expect(try sequence(contents(disk.file("audit.jsonl"))) == Array(1...2000))
  }

  @Test("that nobody reads blocks no admission, and not the end")
  func blocked() throws {
    let pipe = try Pipe()
    let ledger = try scene.open(
      [.stdout],
      options: {
        $0.standardOutput = pipe.writer
        $0.sinkCapacity = 10_000
        $0.sinkTimeout = .zero
        $0.floodAllowance = .max
      })
    try record(2000, ledger)
    #expect(try ledger.ask(admission()).isAdmitted)
    ledger.close()
    // Another process later goes on where this one stopped: nothing is missing.
    let early = pipe.drain()
    let reader = Signal<[UInt8]>()
    let thread = OwnedThread(name: "reader") { [pipe] in reader.set(pipe.readAll()) }
    let next = try scene.open([.stdout], options: { $0.standardOutput = pipe.writer })
    next.close()
    pipe.closeWriter()
    let late = try reader.wait()
    thread.join()
    let sequence = try self.sequence(early + late)
    #expect(Set(sequence) == Set(1...2001), "2000 refusals, and the command that was left in flight")
    let whole = lines(early + late)
    #expect(whole.count == 2001, "and nothing twice")
  }

  @Test("whose reader is gone stops, and nothing else does")
  func brokenPipe() throws {
    let pipe = try Pipe()
    pipe.closeReader()
    let ledger = try scene.open([.stdout, sink()], options: { $0.standardOutput = pipe.writer })
    try record(20, ledger)
    #expect(try ledger.ask(admission()).isAdmitted)
    ledger.close()
    #expect(try sequence(contents(file)) == Array(1...20))
  }
}

/// Both ends of a pipe.
final class Pipe: Sendable {
  let reader: Int32
  let writer: Int32

  init() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    (reader, writer) = (ends[0], ends[1])
  }

  func closeReader() { close(reader) }
  func closeWriter() { close(writer) }

  /// What is in it now.
  func drain() -> [UInt8] {
    _ = convene_set_flags(reader, O_NONBLOCK)
    defer { _ = convene_set_flags(reader, 0) }
    return readAll()
  }

  /// To the end.
  func readAll() -> [UInt8] {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(reader, &block, block.count), count > 0 { bytes += block[..<count] }
    return bytes
  }
}
