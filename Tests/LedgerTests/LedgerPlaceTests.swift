import Audit
import CLinux
import Gateway
import Glibc
import Ledger
import LedgerSQLite
import Testing

@Suite("The ledger's place")
struct LedgerPlaceTests {
  private let scene: Scene

  init() throws { scene = try Scene() }

  private func failure(at path: String) -> LedgerError? {
    var settings = LedgerSettings()
    settings.path = path
    do throws(LedgerError) {
      try StoredLedger(settings: settings, logger: quiet) { _ in }.close()
      return nil
    } catch {
      return error
    }
  }

  /// Other names for the ledger's file, made while it is open.
  static let otherNames: [(String, @Sendable (Scene) throws -> String)] = [
    ("a link", { try makeLink("elsewhere.db", to: $0.path, in: $0) }),
    ("a relative link", { try makeLink("elsewhere.db", to: "ledger.db", in: $0) }),
    ("a link to a link", { try makeLink("third.db", to: makeLink("second.db", to: "ledger.db", in: $0), in: $0) }),
    ("a link to its directory", { "\(try makeLink("directory", to: $0.directory.path, in: $0))/ledger.db" }),
    ("dots", { "\($0.directory.path)/./../\($0.directory.path.split(separator: "/").last ?? "")//ledger.db" }),
    (
      "a hard link",
      {
        try #require(Glibc.link($0.path, $0.directory.file("hard.db")) == 0)
        return $0.directory.file("hard.db")
      }
    ),
    (
      "its own, without the file that the lock once was",
      {
        try #require(unlink("\($0.path).lock") == 0)
        return $0.path
      }
    ),
  ]

  private static func makeLink(_ name: String, to target: String, in scene: Scene) throws -> String {
    try #require(symlink(target, scene.directory.file(name)) == 0)
    return scene.directory.file(name)
  }

  @Test("is one ledger's by whatever name it is opened", arguments: otherNames.indices)
  func otherName(index: Int) throws {
    let (what, make) = Self.otherNames[index]
    let ledger = try scene.open()
    _ = try ledger.ask(admission("known"))
    let path = try make(scene)
    let before = names(in: scene.directory.path)
    let error = try #require(failure(at: path), "\(what)")
    #expect(error.kind == .inUse && error.message.contains("another process has this ledger open"), "\(what): \(error)")
    #expect(
      names(in: scene.directory.path).filter { !$0.hasSuffix(".lock") } == before.filter { !$0.hasSuffix(".lock") })
    // What was refused has not let go of this one's locks, nor of what it has in its log.
    _ = try ledger.ask(settlement("known"))
    ledger.close()
    if what == "a hard link" { try #require(unlink(path) == 0) }
    #expect(failure(at: what == "a hard link" ? scene.path : path) == nil)
  }

  @Test("is where a link leads, and so is all that lies beside it")
  func throughLink() throws {
    let target = try TemporaryDirectory()
    // To where there is nothing yet.
    try #require(symlink(target.file("real.db"), scene.path) == 0)
    let ledger = try scene.open()
    _ = try ledger.ask(admission())
    #expect(names(in: target.path) == ["real.db", "real.db-shm", "real.db-wal", "real.db.lock"])
    #expect(names(in: scene.directory.path) == ["ledger.db"])
    var log = stat()
    #expect(
      stat(target.file("real.db-wal"), &log) == 0 && log.st_blocks * 512 >= 1 << 20, "space is set aside in its log")
    ledger.close()
  }

  @Test("is read through a link with what is in its log")
  func readThroughLink() throws {
    let link = try Self.makeLink("elsewhere.db", to: scene.path, in: scene)
    let ledger = try scene.open()
    try ledger.record(3)
    #expect(try LedgerReader(path: link).verify(AuditVerifier.Terms()).chain?.seq == 3)
    ledger.close()
  }

  @Test("has one name: with two, the log of a process that died could be missed")
  func twoNames() throws {
    try scene.open().close()
    let other = scene.directory.file("other.db")
    try #require(Glibc.link(scene.path, other) == 0)
    for path in [scene.path, other] {
      let error = try #require(failure(at: path))
      #expect(error.kind == .path && error.message.contains("has 2 names (hard links)"))
    }
    try #require(unlink(other) == 0)
    #expect(failure(at: scene.path) == nil)
  }

  @Test("is kept from an earlier version, which went by a file beside it")
  func earlierVersion() throws {
    try scene.open().close()
    let earlier = convene_open("\(scene.path).lock", O_RDWR | O_CLOEXEC, 0)
    try #require(flock(earlier, LOCK_EX | LOCK_NB) == 0)
    #expect(failure(at: scene.path)?.kind == .inUse)
    close(earlier)
    let ledger = try scene.open()
    let later = convene_open("\(scene.path).lock", O_RDWR | O_CLOEXEC, 0)
    defer { close(later) }
    #expect(flock(later, LOCK_EX | LOCK_NB) != 0)
    ledger.close()
  }

  /// What somebody may do to the file while it is open.
  static let losses: [(String, @Sendable (Scene) throws -> Void)] = [
    ("removed", { try #require(unlink($0.path) == 0) }),
    ("renamed", { try #require(rename($0.path, $0.directory.file("away.db")) == 0) }),
    (
      "replaced",
      {
        try write(try #require(contents($0.path)), to: $0.directory.file("copy.db"))
        try #require(rename($0.directory.file("copy.db"), $0.path) == 0)
      }
    ),
    ("its log removed", { try #require(unlink("\($0.path)-wal") == 0) }),
    ("its directory renamed", { try #require(rename($0.directory.path, "\($0.directory.path)-away") == 0) }),
  ]

  @Test("is looked at before anybody is answered: once the file is gone from it, nobody is", arguments: losses.indices)
  func lost(index: Int) throws {
    let (what, lose) = Self.losses[index]
    let failed = Signal<LedgerError>()
    let ledger = try scene.open(onFatal: failed.set)
    _ = try ledger.ask(admission("before"))
    try lose(scene)
    let mailbox = Mailbox()
    let exchange = ledger.post(admission("after"), mailbox)
    let failure = try failed.wait()
    #expect(failure.kind == .replaced && failure.message.contains(scene.path), "\(what): \(failure)")
    ledger.close()
    #expect(!mailbox.hasAnswer(exchange))
    if what == "its directory renamed" { rename("\(scene.directory.path)-away", scene.directory.path) }
  }
}
