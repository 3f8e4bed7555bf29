import Audit
import CLinux
import GRDB
import Gateway
import Glibc
import Ledger
import LedgerSQLite
import Testing

/// The log has its name from the file's: under another name the file would be opened without what was committed last.
@Suite("The log of a ledger whose process died")
struct LedgerLogTests {
  private let scene: Scene

  init() throws { scene = try Scene() }

  private func failure(_ scene: Scene) -> LedgerError? {
    var settings = LedgerSettings()
    settings.path = scene.path
    var checked: LedgerError?
    do throws(LedgerError) { _ = try SQLiteStorage.check(settings) } catch { checked = error }
    do throws(LedgerError) {
      try scene.open().close()
      #expect(checked == nil, "check says what serve says")
      return nil
    } catch {
      #expect(checked == error, "check says what serve says")
      return error
    }
  }

  /// What a killed process leaves of some files.
  private func dead(_ suffixes: [String] = ["", "-wal"], of scene: Scene) throws -> Scene {
    let dead = try Scene(clock: scene.clock)
    for suffix in suffixes { try copy(suffix, from: scene, to: dead) }
    return dead
  }

  private func copy(_ suffix: String, from: Scene, to: Scene) throws {
    try write(try #require(contents(from.path + suffix)), to: to.path + suffix)
  }

  /// Commands until the log was moved into the file so often, and begun anew. Nothing moves any more when this returns, so
  /// that files can be copied one after the other.
  private func use(_ ledger: StoredLedger, _ prefix: String, logs: Int = 1, of scene: Scene? = nil) throws {
    let mailbox = Mailbox()
    for log in 0..<logs {
      for number in 0..<40 { _ = ledger.post(admission("\(prefix)-\(log)-\(number)", body: .long), mailbox) }
      try mailbox.waitForAnswers((log + 1) * 40)
    }
    _ = try ledger.ask(admission(prefix))
    try waitForMark(scene ?? self.scene)
  }

  /// The ledger says that its log has begun with a transaction of its own where nobody else needs one.
  private func waitForMark(_ scene: Scene) throws {
    while try scene.read({ try String.fetchOne($0, sql: "SELECT mark FROM log") })?.hasPrefix("whole:") != true {
      sched_yield()
    }
  }

  private func knows(_ prefix: String, _ scene: Scene) throws -> Bool {
    let ledger = try scene.open()
    defer { ledger.close() }
    return try !ledger.ask(admission(prefix)).isAdmitted
  }

  @Test("must be there: without it the file is refused, and no command is taken for a new one", arguments: [0, 1, 3])
  func missing(logs: Int) throws {
    let ledger = try scene.open()
    try use(ledger, "a", logs: logs)
    let dead = try dead([""], of: scene)
    for _ in 1...2 {
      let error = try #require(failure(dead))
      #expect(error.kind == .log && error.message.contains("\(dead.path)-wal, is missing"), "\(error)")
    }
    try copy("-wal", from: scene, to: dead)
    #expect(try knows("a", dead))
    ledger.close()
  }

  @Test("must be there from the first moment on, also where an earlier process ended well")
  func missingEarly() throws {
    for round in 1...3 {
      let ledger = try scene.open()
      #expect(try failure(dead([""], of: scene))?.kind == .log)
      _ = try ledger.ask(admission("\(round)"))
      #expect(try failure(dead([""], of: scene))?.kind == .log)
      ledger.close()
      #expect(try failure(dead([""], of: scene)) == nil, "moved after a clean end")
    }
  }

  @Test("may be moved with the file", arguments: [0, 1, 4])
  func moved(logs: Int) throws {
    let ledger = try scene.open()
    try use(ledger, "a", logs: logs)
    let dead = try dead(of: scene)
    #expect(try knows("a", dead))
    // And again, after a death in its new place.
    let next = try dead.open()
    try use(next, "b", logs: logs, of: dead)
    let again = try self.dead(of: dead)
    #expect(try knows("a", again) && knows("b", again))
    next.close()
    ledger.close()
  }

  @Test("may have been moved into the file by another program, which removes it", arguments: [0, 1, 3])
  func movedIntoFile(logs: Int) throws {
    let ledger = try scene.open()
    try use(ledger, "a", logs: logs)
    let dead = try dead(of: scene)
    try dead.write { try $0.execute(sql: "UPDATE limits SET tat = 0") }
    #expect(names(in: dead.directory.path) == ["ledger.db"])
    #expect(try knows("a", dead))
    ledger.close()
  }

  @Test("may be moved into the file by another program while it is used, again and again")
  func movedIntoFileMeanwhile() throws {
    let ledger = try scene.open()
    for round in 1...30 {
      try scene.write { try $0.execute(sql: "PRAGMA wal_checkpoint(\(round % 3 == 0 ? "PASSIVE" : "TRUNCATE"))") }
      if round % 7 == 0 { continue }
      _ = try ledger.ask(admission("\(round)"))
      #expect(try knows("\(round)", dead(of: scene)), "\(round)")
      if round % 2 == 0 { _ = try ledger.ask(settlement("\(round)")) }
    }
    ledger.close()
    #expect(names(in: scene.directory.path) == ["ledger.db", "ledger.db.lock"])
  }

  @Test("is in a copy that SQLite makes: that opens as it is", arguments: ["VACUUM", "backup"])
  func copied(how: String) throws {
    let ledger = try scene.open()
    try use(ledger, "a", logs: 3)
    let copy = try Scene(clock: scene.clock)
    if how == "VACUUM" {
      try scene.write { try $0.execute(sql: "VACUUM INTO '\(copy.path)'") }
    } else {
      try DatabaseQueue(path: scene.path).backup(to: DatabaseQueue(path: copy.path))
    }
    #expect(try knows("a", copy))
    ledger.close()
  }

  @Test("of another ledger is refused, and both stay as they are")
  func foreign() throws {
    let other = try Scene()
    let (ledger, stranger) = (try scene.open(), try other.open())
    try use(ledger, "a")
    try use(stranger, "b", logs: 2, of: other)
    for isClosed in [false, true] {
      if isClosed { ledger.close() }
      let dead = try dead([""], of: scene)
      try copy("-wal", from: other, to: dead)
      let before = (contents(dead.path), contents(dead.path + "-wal"))
      let error = try #require(failure(dead))
      #expect(error.kind == .log && error.message.contains("is the log of another file"), "\(error)")
      #expect(contents(dead.path) == before.0 && contents(dead.path + "-wal") == before.1)
      if isClosed {
        try #require(unlink(dead.path + "-wal") == 0)
        #expect(try knows("a", dead))
      }
    }
    stranger.close()
  }

  @Test("of another day is refused beside a file that was put back", arguments: [false, true])
  func otherDay(isOlder: Bool) throws {
    let first = try scene.open()
    try use(first, "a")
    let crashed = try dead(of: scene)
    first.close()
    let backup = try dead([""], of: scene)
    let second = try scene.open()
    try use(second, "b", logs: 2)
    let later = try dead(of: scene)
    second.close()
    let mixed = try dead([""], of: isOlder ? later : backup)
    try copy("-wal", from: isOlder ? crashed : later, to: mixed)
    #expect(try #require(failure(mixed)).message.contains("is the log of another file"))
  }

  @Test("is kept where its file is missing or empty", arguments: [false, true])
  func alone(isEmpty: Bool) throws {
    let ledger = try scene.open()
    try use(ledger, "a")
    let dead = try dead(["-wal"], of: scene)
    if isEmpty { try write([], to: dead.path) }
    let error = try #require(failure(dead))
    #expect(error.kind == .log && error.message.contains("is missing or empty"), "\(error)")
    #expect(contents(dead.path + "-wal") == contents(scene.path + "-wal"))
    try copy("", from: scene, to: dead)
    #expect(try knows("a", dead))
    ledger.close()
  }

  @Test("may end in the middle of its first transaction, as a power failure leaves it", arguments: [32, 100, 4000])
  func cut(length: Int) throws {
    let ledger = try scene.open()
    try use(ledger, "a")
    let dead = try dead(of: scene)
    try #require(truncate(dead.path + "-wal", off_t(length)) == 0)
    #expect(failure(dead) == nil)
    ledger.close()
  }

  @Test("must have a header: a copy that was looked at without its log has an empty one", arguments: [0, 20])
  func empty(length: Int) throws {
    let ledger = try scene.open()
    try use(ledger, "a")
    let dead = try dead(of: scene)
    try #require(truncate(dead.path + "-wal", off_t(length)) == 0)
    let error = try #require(failure(dead))
    #expect(error.kind == .log && error.message.contains("\(dead.path)-wal, has nothing in it"), "\(error)")
    try #require(unlink(dead.path + "-wal") == 0)
    let looking = try DatabaseQueue(path: dead.path)
    _ = try looking.read { try Row.fetchOne($0, sql: "SELECT * FROM commands") }
    #expect(contents(dead.path + "-wal") == [])
    #expect(failure(dead)?.kind == .log)
    try looking.close()
    #expect(failure(dead)?.kind == .log)
    try copy("-wal", from: scene, to: dead)
    #expect(try knows("a", dead))
    ledger.close()
  }

  @Test("is not needed where an empty file says so, and that is taken once")
  func word() throws {
    let ledger = try scene.open()
    try use(ledger, "a")
    let dead = try dead([""], of: scene)
    let error = try #require(failure(dead))
    let word = dead.path + "-complete"
    #expect(error.message.contains("an empty file \(word) says so, once"), "\(error)")
    try write([], to: word)
    #expect(failure(dead) == nil)
    #expect(contents(word) == nil)
    let next = try dead.open()
    #expect(try failure(self.dead([""], of: dead))?.kind == .log)
    next.close()
    ledger.close()
  }

  /// Processes of one ledger, each killed after some commands: with more than one log, the log is moved into the file meanwhile.
  @Test("of a later process is refused beside an earlier copy of the same file", arguments: 0...3, 0...3)
  func olderCopy(logs: Int, later: Int) throws {
    let first = try scene.open()
    try use(first, "a", logs: logs)
    let early = try dead(of: scene)
    let old = try dead([""], of: early)
    let second = try early.open()
    try use(second, "b", logs: later, of: early)
    let mixed = try dead([""], of: old)
    try copy("-wal", from: early, to: mixed)
    let error = try #require(failure(mixed))
    #expect(error.message.contains("is the log of another file, or of another day's copy"), "\(error)")
    second.close()
    first.close()
  }

  @Test("goes on in an earlier copy of its file where nothing was moved since, or some of it")
  func sameLog() throws {
    let ledger = try scene.open()
    try use(ledger, "a")
    let early = try dead([""], of: scene)
    _ = try ledger.ask(admission("b"))
    try scene.write { try $0.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)") }
    let late = try dead(of: scene)
    #expect(contents(early.path) != contents(late.path))
    try copy("-wal", from: scene, to: early)
    #expect(try knows("a", early) && knows("b", early))
    #expect(try knows("a", late) && knows("b", late))
    ledger.close()
  }

  @Test("is refused where it ends before what was moved of it into the file")
  func cutBehind() throws {
    let ledger = try scene.open()
    try use(ledger, "a")
    let early = try dead(["-wal"], of: scene)
    // This gateway marks the log, and moves it, with the command that makes it long.
    try use(ledger, "b", logs: 1)
    let late = try dead([""], of: scene)
    try copy("-wal", from: early, to: late)
    #expect(try #require(failure(late)).message.contains("is the log of another file"))
    ledger.close()
  }

  @Test("is refused beside a copy in which SQLite gave the pages other numbers")
  func vacuumed() throws {
    let ledger = try scene.open()
    try use(ledger, "a")
    let copied = try Scene(clock: scene.clock)
    try scene.write { try $0.execute(sql: "VACUUM INTO '\(copied.path)'") }
    try copy("-wal", from: scene, to: copied)
    #expect(try #require(failure(copied)).message.contains("is the log of another file"))
    ledger.close()
  }

  @Test("of a ledger of an earlier version is taken as it is")
  func earlierVersion() throws {
    try scene.open().close()
    let old = try DatabaseQueue(path: scene.path)
    try old.writeWithoutTransaction {
      try $0.execute(
        sql:
          "DROP TABLE conferences; DROP TABLE log; PRAGMA user_version = 3; PRAGMA wal_checkpoint(TRUNCATE); DELETE FROM limits"
      )
      try $0.execute(sql: "INSERT INTO limits VALUES ('x', 1)")
    }
    let dead = try dead(of: scene)
    try old.close()
    #expect(failure(dead) == nil)
    let next = try dead.open()
    #expect(try failure(self.dead([""], of: dead))?.kind == .log)
    next.close()
  }
}

extension String {
  /// Of some pages.
  fileprivate static var long: String { String(repeating: "x", count: 100_000) }
}
