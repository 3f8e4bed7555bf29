import Audit
import CLinux
import Gateway
import Glibc
import Ledger
import LedgerSQLite
import TestKit
import Testing

@Suite("A look whether a ledger can be opened")
struct LedgerCheckTests {
  private static func failures(_ path: String) -> (checked: LedgerError?, opened: LedgerError?) {
    var settings = LedgerSettings()
    settings.path = path
    var failures: (checked: LedgerError?, opened: LedgerError?) = (nil, nil)
    do throws(LedgerError) { _ = try SQLiteStorage.check(settings) } catch { failures.checked = error }
    do throws(LedgerError) {
      try StoredLedger(settings: settings, logger: quiet) { _ in }.close()
    } catch { failures.opened = error }
    return failures
  }

  static let causes: [(String, @Sendable (String) throws -> Void)] = [
    ("a directory", { try #require(mkdir($0, 0o700) == 0) }),
    ("a pipe", { try #require(mkfifo($0, 0o600) == 0) }),
    ("a link to the ledger", { try #require(symlink("ledger.db", $0) == 0) }),
    ("a link to nowhere", { try #require(symlink("nowhere", $0) == 0) }),
    ("a device", { try #require(symlink("/dev/zero", $0) == 0) }),
    ("a socket", { try #require(mknod($0, S_IFSOCK | 0o600, 0) == 0) }),
  ]

  @Test(
    "finds what opening it would, in each place beside it", arguments: causes.indices,
    ["-wal", "-shm", "-journal", "-complete", ".lock"])
  func beside(index: Int, suffix: String) throws {
    let scene = try Scene()
    try scene.open().close()
    let (what, make) = Self.causes[index]
    unlink(scene.path + suffix)
    let before = contents(scene.path)
    try make(scene.path + suffix)
    let failures = Self.failures(scene.path)
    #expect(failures.checked?.message.contains(scene.path + suffix) == true, "\(what)")
    #expect(failures.checked == failures.opened)
    #expect(contents(scene.path) == before)
    rmdir(scene.path + suffix)
  }

  @Test("finds damage and a newer version as opening it would")
  func damagedOrNewer() throws {
    let scene = try Scene()
    try scene.open().close()
    let bytes = try #require(contents(scene.path))
    var damaged = bytes
    for index in 100..<4096 { damaged[index] = 0xA5 }
    var newer = bytes
    newer[63] = 99
    for (bytes, kind) in [
      (damaged, LedgerError.Kind.corrupt), (newer, .newerVersion), (Array(bytes.prefix(50)), .notALedger),
    ] {
      try write(bytes, to: scene.path)
      let failures = Self.failures(scene.path)
      #expect(failures.checked?.kind == kind && failures.opened?.kind == kind, "\(failures)")
    }
  }

  @Test(
    "finds a disk that is full, as opening it would", .enabled("needs root", { TinyDisk.isPossible }),
    arguments: [false, true])
  func full(isThere: Bool) throws {
    let disk = try TinyDisk(mebibytes: 2)
    let path = disk.file("ledger.db")
    if isThere {
      let failures = Self.failures(path)
      #expect(failures.checked == nil && failures.opened == nil)
    }
    for free in [0, 32 << 10, 64 << 10] {
      disk.empty()
      try disk.fill(leaving: free)
      let failures = Self.failures(path)
      #expect(failures.opened == nil || failures.checked != nil, "\(free): \(failures)")
      if free == 0 { #expect(failures.opened != nil) }
      if !isThere { for suffix in ["", "-wal", "-shm", ".lock"] { unlink(path + suffix) } }
    }
    disk.empty()
    let failures = Self.failures(path)
    #expect(failures.checked == nil && failures.opened == nil)
  }
}
