import Audit
import CLinux
import Gateway
import Glibc
import Ledger
import LedgerSQLite
import TestKit
import Testing

@Suite("Standard output as a file")
struct StandardOutputTests {
  @Test(
    "whose disk gets full has each record once, whole, when there is space again", .enabled(if: TinyDisk.isPossible),
    arguments: [0, 100, 5000])
  func full(left: Int) throws {
    let scene = try Scene()
    let disk = try TinyDisk(mebibytes: 1)
    let output = convene_open(disk.file("out"), O_WRONLY | O_CREAT | O_APPEND, 0o600)
    defer { close(output) }
    try write([UInt8](repeating: UInt8(ascii: "\n"), count: left), to: disk.file("out"), flags: O_WRONLY | O_APPEND)
    try disk.fill()
    let log = LogLines()
    let ledger = try scene.open(
      [.stdout], options: { ($0.standardOutput, $0.floodAllowance, $0.sinkTimeout) = (output, .max, .seconds(60)) },
      logger: log.logger)
    try ledger.record(200)
    try wait { log.all.contains { $0.contains("an audit sink can't be written") } }
    disk.empty()
    ledger.close()
    #expect(lines(contents(disk.file("out")) ?? []) == lines(try scene.exported()))
  }

  @Test("in which an earlier process ended in the middle of a line goes on with a new one", arguments: [true, false])
  func torn(isTorn: Bool) throws {
    let scene = try Scene()
    let path = scene.directory.file("out")
    let earlier = Array((isTorn ? "{\"seq\":1,\"time" : "{}\n").utf8)
    try write(earlier, to: path)
    let output = convene_open(path, O_WRONLY | O_APPEND, 0)
    defer { close(output) }
    let ledger = try scene.open([.stdout], options: { $0.standardOutput = output })
    try ledger.record(3)
    ledger.close()
    #expect(contents(path) == earlier + (isTorn ? [UInt8(ascii: "\n")] : []) + (try scene.exported()))
  }
}
