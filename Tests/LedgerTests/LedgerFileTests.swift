import Audit
import Conference
import GRDB
import Gateway
import Glibc
import JSON
import Ledger
import LedgerSQLite
import TestKit
import Testing

@Suite("The ledger's file")
struct LedgerFileTests {
  private let scene: Scene

  init() throws { scene = try Scene() }

  private func failure() -> LedgerError? {
    do throws(LedgerError) {
      _ = try scene.open()
      return nil
    } catch {
      return error
    }
  }

  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  @Test("is private, and so is what lies beside it")
  func mode() throws {
    let before = umask(0)
    defer { umask(before) }
    let ledger = try scene.open()
    _ = try ledger.ask(admission())
    #expect(names(in: scene.directory.path) == ["ledger.db", "ledger.db-shm", "ledger.db-wal", "ledger.db.lock"])
    for name in names(in: scene.directory.path) { #expect(mode(scene.directory.file(name)) == 0o600, "\(name)") }
  }

  @Test("is one file when it is closed")
  func closed() throws {
    let ledger = try scene.open()
    _ = try ledger.ask(admission())
    ledger.close()
    #expect(names(in: scene.directory.path) == ["ledger.db", "ledger.db.lock"])
    #expect(contents(scene.path)?.prefix(15) == Array("SQLite format 3".utf8)[...])
  }

  @Test("is one ledger's: a second one is refused until the first has closed it")
  func inUse() throws {
    let ledger = try scene.open()
    let error = try #require(failure())
    #expect(error.kind == .inUse && error.message.contains(scene.path))
    #expect(try ledger.ask(admission()).isAdmitted)
    ledger.close()
    #expect(failure() == nil)
  }

  @Test("needs a directory, and says what is wrong with the one it has", arguments: ["missing", "file"])
  func directory(name: String) throws {
    try write([], to: scene.directory.file("file"))
    var settings = LedgerSettings()
    settings.path = scene.directory.file("\(name)/ledger.db")
    #expect {
      try StoredLedger(settings: settings, logger: quiet) { _ in }
    } throws: { error in
      (error as? LedgerError)?.kind == .path && "\(error)".contains("/\(name), the ledger's directory: ")
    }
  }

  @Test(
    "in a directory that others can write is warned of", arguments: [(0o777, true), (0o1777, false), (0o700, false)])
  func sharedDirectory(mode: mode_t, isWarned: Bool) throws {
    try #require(chmod(scene.directory.path, mode) == 0)
    let lines = LogLines()
    var settings = LedgerSettings()
    settings.path = scene.path
    try StoredLedger(settings: settings, logger: lines.logger) { _ in }.close()
    #expect(lines.all.contains { $0.contains("can be written by others (mode 777)") } == isWarned)
  }

  @Test("in a directory that a group of the process's own can write is fine, as Kubernetes' fsGroup makes one")
  func ownGroup() throws {
    var settings = LedgerSettings()
    settings.path = scene.path
    try #require(chmod(scene.directory.path, 0o2770) == 0)
    #expect(try SQLiteStorage.check(settings) == nil)
    // Only root may give a directory to a group that it is not in.
    guard geteuid() == 0 else { return }
    try #require(chown(scene.directory.path, 0, 54_321) == 0 && chmod(scene.directory.path, 0o2770) == 0)
    #expect(try SQLiteStorage.check(settings)?.contains("can be written by others (mode 2770)") == true)
  }

  @Test(
    "in a volume that was mounted for it is fine whatever its mode, as an emptyDir's is",
    .enabled(if: TinyDisk.isPossible, "only root may mount one"))
  func mounted() throws {
    let disk = try TinyDisk(mebibytes: 4)
    var settings = LedgerSettings()
    settings.path = disk.file("ledger.db")
    try #require(chmod(disk.path, 0o777) == 0)
    #expect(try SQLiteStorage.check(settings) == nil)
    try #require(mkdir(disk.file("within"), 0o700) == 0 && chmod(disk.file("within"), 0o777) == 0)
    settings.path = disk.file("within/ledger.db")
    #expect(try SQLiteStorage.check(settings)?.contains("can be written by others (mode 777)") == true)
    try #require(chown(disk.path, 54_321, 0) == 0)
    settings.path = disk.file("ledger.db")
    #expect(try SQLiteStorage.check(settings)?.contains("belongs to uid 54321") == true)
  }

  @Test(
    "may have any name, and be read by it",
    arguments: ["%41.db", "a?mode=memory", "a#b", "file:a b", "é&vfs=none", ":memory:"])
  func name(name: String) throws {
    var settings = LedgerSettings()
    // Two slashes would begin the name of a host, were this a URI.
    settings.path = "/\(scene.directory.file(name))"
    let ledger = try StoredLedger(settings: settings, logger: quiet) { _ in }
    try ledger.record(1)
    #expect(try LedgerReader(path: "/\(scene.directory.file(name))").verify(AuditVerifier.Terms()).chain?.seq == 1)
    ledger.close()
    #expect(names(in: scene.directory.path) == [name, "\(name).lock"])
  }

  @Test("must be a ledger: anything else is refused and stays as it is")
  func foreign() throws {
    let other = scene.directory.file("other.db")
    try DatabaseQueue(path: other).write { try $0.execute(sql: "CREATE TABLE t (x); INSERT INTO t VALUES (1)") }
    let database = try #require(contents(other))
    for bytes in [database, Array("hello".utf8), [UInt8](repeating: 0, count: 8192)] {
      try write(bytes, to: scene.path)
      #expect(failure()?.kind == .notALedger)
      #expect(contents(scene.path) == bytes)
    }
    #expect(!names(in: scene.directory.path).contains("ledger.db-wal"))
  }

  @Test("may be empty: that is a new ledger")
  func empty() throws {
    try write([], to: scene.path)
    #expect(failure() == nil)
  }

  @Test("of a newer version is refused and stays as it is")
  func newer() throws {
    try scene.open().close()
    try scene.write { try $0.execute(sql: "PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)") }
    let bytes = contents(scene.path)
    #expect(failure()?.kind == .newerVersion)
    #expect(contents(scene.path) == bytes)
  }

  @Test("that is damaged is named as such and stays as it is")
  func damaged() throws {
    try scene.open().close()
    var bytes = try #require(contents(scene.path))
    for index in 100..<4096 { bytes[index] = 0xA5 }
    try write(bytes, to: scene.path)
    let error = try #require(failure())
    #expect(error.kind == .corrupt && error.message.contains(scene.path))
    #expect(contents(scene.path) == bytes)
  }

  @Test(
    "whose first page has its place and no contents, as a power failure may leave it, is new",
    arguments: [1, 512, 4096])
  func torn(size: Int) throws {
    try write([UInt8](repeating: 0, count: size), to: scene.path)
    var settings = LedgerSettings()
    settings.path = scene.path
    _ = try SQLiteStorage.check(settings)
    let ledger = try scene.open()
    #expect(try ledger.ask(admission()).isAdmitted)
    ledger.close()
    for bytes in [[UInt8](repeating: 0, count: 4097), [UInt8](repeating: 0, count: 4095) + [1]] {
      try write(bytes, to: scene.path)
      #expect(throws: LedgerError.self) { try scene.open() }
      #expect(contents(scene.path) == bytes)
    }
  }

  @Test("that is damaged and has a log beside it is named as such; both stay as they are, and are not replaced")
  func damagedWithLog() throws {
    // The gateway's own, so that it has no new start of the machine to note.
    let bootID = LedgerClock.system.bootID
    let ledger = try scene.open(bootID: bootID)
    _ = try ledger.ask(admission("known"))
    ledger.close()
    let next = try scene.open(bootID: bootID)
    _ = try next.ask(settlement("known"))
    for number in 1...50 { _ = try next.ask(admission("\(number)")) }
    let dead = try Scene()
    for suffix in ["", "-wal"] { try write(try #require(contents(scene.path + suffix)), to: dead.path + suffix) }
    next.close()
    var bytes = try #require(contents(dead.path))
    let log = try #require(contents(dead.path + "-wal"))
    try #require(log.count > 4096)
    for index in 100..<bytes.count { bytes[index] = 0xA5 }
    try write(bytes, to: dead.path)
    for _ in 1...2 {
      let start = try ChildProcess("convene", ["serve", "--config", configuration(of: dead)])
      #expect(start.waitForExit() == 1)
      let said = try #require(ChildProcess.jsonLines(start.standardError).last)
      #expect(said["error"]?.string?.contains("\(dead.path): the ledger is damaged") == true, "\(start.standardError)")
      #expect(contents(dead.path) == bytes && contents(dead.path + "-wal") == log)
    }
  }

  /// One with which a gateway would start.
  private func configuration(of scene: Scene) throws -> String {
    let team = "version: 1\nteam: t\ncallers: [{name: c, unix_uid: 1}]\n"
    try write(Array(team.utf8), to: scene.directory.file("t.yaml"))
    try write(Array("a-token-of-a-test".utf8), to: scene.directory.file("token"))
    let text = """
      version: 1
      organization: example
      server: {listen: [127.0.0.1:0]}
      upstream: {url: "http://127.0.0.1:1/v2", tokens: [{file: token}]}
      ledger: {path: ledger.db}
      teams: [t.yaml]
      """
    try write(Array(text.utf8), to: scene.directory.file("gateway.yaml"))
    return scene.directory.file("gateway.yaml")
  }

  @Test("that is found damaged while it is used ends the ledger: nobody is answered from it")
  func damagedLater() throws {
    let ledger = try scene.open()
    let mailbox = Mailbox()
    for number in 0..<3000 { _ = ledger.post(admission("command-\(number)"), mailbox) }
    try mailbox.waitForAnswers(3000)
    for number in 0..<3000 { _ = ledger.post(settlement("command-\(number)"), mailbox) }
    try mailbox.waitForAnswers(6000)
    ledger.close()
    var bytes = try #require(contents(scene.path))
    let name = Array("command-1500".utf8)
    for page in stride(from: 4096, to: bytes.count, by: 4096)
    where bytes[page..<(page + 4096)].firstRange(of: name) != nil {
      for index in page..<(page + 4096) { bytes[index] = 0xA5 }
    }
    try write(bytes, to: scene.path)
    scene.clock.advance(.seconds(60))
    let failures = Mailbox()
    let failed = Signal<LedgerError>()
    let next = try scene.open(onFatal: failed.set)
    let exchange = next.post(.inspect(commandID: "command-1500", team: "support"), failures)
    let failure = try failed.wait()
    #expect(failure.kind == .corrupt && failure.message.contains(scene.path))
    _ = next.post(admission("later"), failures)
    next.close()
    #expect(!failures.hasAnswer(exchange) && failures.order.isEmpty)
  }

  @Test("in memory is a ledger like any other, and gone with it")
  func memory() throws {
    var settings = LedgerSettings()
    settings.path = nil
    let ledger = try StoredLedger(settings: settings, logger: quiet) { _ in }
    _ = try ledger.ask(admission())
    _ = try ledger.ask(settlement())
    #expect(try ledger.ask(admission()).reply == reply)
    ledger.close()
  }

  @Test("in memory takes no new command when it is as large as it may be, and keeps the outcomes of those that it took")
  func memoryIsFull() throws {
    var settings = LedgerSettings()
    settings.path = nil
    var options = LedgerOptions()
    options.memoryPages = 64
    let ledger = try StoredLedger(settings: settings, options: options, logger: quiet) { _ in }
    var taken: [String] = []
    for number in 1...5000 {
      guard try ledger.ask(admission("c-\(number)")).isAdmitted else { break }
      taken.append("c-\(number)")
    }
    #expect((10..<5000).contains(taken.count))
    for id in taken { _ = try ledger.ask(settlement(id)) }
    for id in taken { #expect(try ledger.ask(admission(id)).reply == reply) }
    #expect(try !ledger.ask(admission("one more")).isAdmitted)
    ledger.close()
  }

  @Test("keeps the pseudonym key that was made with it")
  func pseudonymKey() throws {
    let ledger = try scene.open()
    let key = ledger.pseudonymKey
    #expect(key.count == 32)
    ledger.close()
    #expect(try scene.open().pseudonymKey == key)
    #expect(try Scene().open().pseudonymKey != key)
  }
}

@Suite("A start after a death")
struct RecoveryTests {
  /// A copy of the file and its log is what a killed process leaves behind.
  @Test("makes every intent without an outcome unknown, and puts that on the record, before anyone is answered")
  func recovered() throws {
    let scene = try Scene()
    let ledger = try scene.open()
    for id in ["done", "orphan-1", "orphan-2"] { _ = try ledger.ask(admission(id)) }
    _ = try ledger.ask(settlement("done"))
    let dead = try Scene()
    for suffix in ["", "-wal"] { try write(try #require(contents(scene.path + suffix)), to: dead.path + suffix) }
    let next = try dead.open()
    #expect(try dead.read { try Int.fetchAll($0, sql: "SELECT state FROM commands ORDER BY id") } == [1, 3, 3])
    #expect(try dead.read { try Int.fetchAll($0, sql: "SELECT id FROM outcomes") } == [1])
    let records = try dead.records()
    try #require(records.count == 3)
    #expect(records.map { $0["decision"]?.string } == ["forwarded", "recovered", "recovered"])
    #expect(records[1]["command_id"]?.string == "orphan-1" && records[1]["team"]?.string == "support")
    #expect(records[1]["organization"]?.string == "example" && records[1]["peer"] == nil)
    #expect(try next.ask(admission("orphan-1")).resumed != nil)
    dead.clock.advance(.seconds(60))
    #expect(try next.ask(admission("orphan-2")).handedOut != nil)
    #expect(try next.ask(admission("done")).reply == reply)
  }

  @Test("counts the window by the calendar, once the machine's clock began anew")
  func rebooted() throws {
    let scene = try Scene()
    let ledger = try scene.open()
    for id in ["a", "b", "c"] {
      _ = try ledger.ask(admission(id))
      _ = try ledger.ask(settlement(id, .unknown))
    }
    ledger.close()
    scene.clock.advance(.seconds(40))
    let next = try scene.open(bootID: "second")
    #expect(try next.ask(admission("a")).resumed != nil)
    scene.clock.set(by: .seconds(-41))
    #expect(try next.ask(admission("b")).handedOut != nil, "sent in the future: the clock was set back")
    scene.clock.set(by: .seconds(47))
    #expect(try next.ask(admission("c")).handedOut != nil)
  }
}
