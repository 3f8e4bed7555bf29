import Audit
import Conference
import GRDB
import Gateway
import JSON
import Ledger
import LedgerSQLite
import Testing

@Suite("A file of an older version")
struct MigrationTests {
  private let scene: Scene

  init() throws { scene = try Scene() }

  /// Takes a ledger back to the tables of version 1, with what it holds.
  private func makeVersion1() throws {
    try scene.write { database in
      try database.execute(
        sql: """
          CREATE TABLE old (
            id INTEGER PRIMARY KEY, command_id TEXT NOT NULL UNIQUE, team TEXT NOT NULL, caller TEXT NOT NULL,
            fingerprint BLOB NOT NULL, keyless INTEGER NOT NULL, state INTEGER NOT NULL, first_sent INTEGER NOT NULL,
            boot INTEGER NOT NULL, boot_sent INTEGER NOT NULL, settled INTEGER, name TEXT NOT NULL, region TEXT,
            conference_id TEXT, status INTEGER, fields BLOB, reply BLOB, body BLOB NOT NULL);
          INSERT INTO old SELECT commands.id, command_id, team, caller, fingerprint, keyless,
            iif(settled IS NULL, state, 2), first_sent, boot, boot_sent, settled, name, region, conference_id, status,
            fields, reply, body FROM commands LEFT JOIN outcomes ON outcomes.id = commands.id;
          DROP TABLE commands;
          DROP TABLE outcomes;
          ALTER TABLE old RENAME TO commands;
          CREATE INDEX commands_unsettled ON commands (state) WHERE state <> 2;
          DELETE FROM meta WHERE key = 'in_flight';
          DROP TABLE log;
          DROP TABLE conferences;
          PRAGMA user_version = 1;
          """)
    }
  }

  @Test("of version 1 keeps its replies, its unknown outcomes, and what was being sent")
  func version1() throws {
    let ledger = try scene.open()
    for id in ["done", "unknown", "sending", "late"] { _ = try ledger.ask(admission(id, body: id)) }
    _ = try ledger.ask(settlement("done"))
    _ = try ledger.ask(settlement("unknown", .unknown))
    _ = try ledger.ask(settlement("late"))
    ledger.close()
    try makeVersion1()

    let next = try scene.open()
    #expect(try scene.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 5)
    #expect(try scene.decisions().last == "recovered")
    for id in ["done", "late"] { #expect(try next.ask(admission(id)).reply == reply) }
    #expect(try next.ask(admission("done", fingerprint: 2)).refusal?.kind == .otherBody)
    scene.clock.advance(.seconds(60))
    let unknown = try #require(try next.ask(admission("unknown")).handedOut)
    #expect(unknown.body == Array("unknown".utf8))
    #expect(unknown.token == nil, "of an older version's command nobody knows")
    #expect(try next.ask(admission("sending")).handedOut?.body == Array("sending".utf8))
    #expect(try next.ask(admission("new")).isAdmitted)
    #expect(try next.ask(settlement("new")).isSettled)
    #expect(try scene.count("outcomes") == 3)
  }
}

@Suite("What was being sent when a process died")
struct InFlightNoteTests {
  private let scene: Scene

  init() throws { scene = try Scene() }

  /// What a kill leaves behind.
  private func dead() throws -> Scene {
    let dead = try Scene(clock: scene.clock)
    for suffix in ["", "-wal"] { try write(try #require(contents(scene.path + suffix)), to: dead.path + suffix) }
    return dead
  }

  private func recovered(_ scene: Scene) throws -> [String] {
    let ledger = try scene.open()
    defer { ledger.close() }
    return try scene.records().filter { $0["decision"]?.string == "recovered" }.map {
      $0["command_id"]?.string ?? ""
    }
  }

  @Test("is found wherever it lies, also without the note", arguments: [true, false])
  func found(isNoted: Bool) throws {
    let ledger = try scene.open()
    for number in 1...300 { _ = try ledger.ask(admission("\(number)")) }
    for number in 1...300 where number % 100 != 0 { _ = try ledger.ask(settlement("\(number)")) }
    let dead = try dead()
    if !isNoted { try dead.write { try $0.execute(sql: "DELETE FROM meta WHERE key = 'in_flight'") } }
    #expect(try recovered(dead) == ["100", "200", "300"])
    #expect(try recovered(dead).count == 3, "told once")
  }

  @Test("is found when it was sent again, long after it was noted")
  func resumed() throws {
    let first = try scene.open()
    _ = try first.ask(admission("again"))
    _ = try first.ask(settlement("again", .unknown))
    for number in 1...20 { _ = try first.ask(admission("\(number)")) }
    for number in 1...20 { _ = try first.ask(settlement("\(number)")) }
    first.close()
    let ledger = try scene.open()
    _ = try ledger.ask(.record(entry()))
    #expect(try ledger.ask(admission("again")).resumed != nil)
    #expect(try recovered(dead()) == ["again"])
  }

  @Test("is found where a newer row is gone: its number isn't given again")
  func numbers() throws {
    let ledger = try scene.open()
    _ = try ledger.ask(admission("refused"))
    _ = try ledger.ask(settlement("refused", .free))
    ledger.close()
    let next = try scene.open()
    _ = try next.ask(admission("kept"))
    #expect(try scene.read { try Int.fetchAll($0, sql: "SELECT id FROM commands") } == [2])
    #expect(try recovered(dead()) == ["kept"])
  }
}
