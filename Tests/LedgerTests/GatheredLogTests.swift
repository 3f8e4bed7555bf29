import Audit
import GRDB
import Ledger
import LedgerSQLite
import TestKit
import Testing

/// SQLite by itself, with its log written as a ledger's is: see `gather.c`.
@Suite("A log whose writes are gathered")
struct GatheredLogTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    try #require(SQLiteLibrary.writablePath(of: "/ledger.db").contains("vfs="))
  }

  /// - Parameter pages: of the cache. A transaction that changes more has frames written long before its commit.
  private func open(
    _ path: String, pages: Int, gathers: Bool = true, synchronous: String = "FULL"
  ) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.prepareDatabase { database in
      try database.execute(
        sql: """
          PRAGMA journal_mode = WAL; PRAGMA synchronous = \(synchronous); PRAGMA wal_autocheckpoint = 0;
          PRAGMA cache_size = \(pages); PRAGMA temp_store = MEMORY;
          CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, body TEXT NOT NULL CHECK (body <> ''));
          """)
    }
    return try DatabaseQueue(
      path: gathers ? SQLiteLibrary.writablePath(of: path) : path, configuration: configuration)
  }

  /// As another process would.
  private func reader(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  private func rows(_ queue: DatabaseQueue) throws -> [Int: String] {
    try queue.inDatabase { database in
      #expect(try String.fetchAll(database, sql: "PRAGMA integrity_check") == ["ok"])
      let rows = try Row.fetchAll(database, sql: "SELECT id, body FROM t")
      return Dictionary(uniqueKeysWithValues: rows.map { ($0["id"], $0["body"]) })
    }
  }

  /// Each frame that was committed: its page's number, the database's size where it ends a transaction, the page. Salts and
  /// checksums, which differ from one log to another, are left out.
  private func frames(_ queue: DatabaseQueue, _ path: String) throws -> [[UInt8]] {
    let log = try #require(contents(path + "-wal"))
    let count = try queue.inDatabase { try #require(try Row.fetchOne($0, sql: "PRAGMA wal_checkpoint"))["log"] as Int }
    return (0..<count).map { frame in
      let start = 32 + frame * (24 + 4096)
      return Array(log[start..<start + 8] + log[start + 24..<start + 24 + 4096])
    }
  }

  @Test("has the same frames as one that is written by SQLite itself, and others see what is committed, and that alone")
  func same() throws {
    var logs: [[[UInt8]]] = []
    // With NORMAL no sync comes before others are told of a commit.
    for (gathers, synchronous) in [(false, "FULL"), (true, "FULL"), (true, "NORMAL")] {
      let path = directory.file("\(logs.count).db")
      let queue = try open(path, pages: 10, gathers: gathers, synchronous: synchronous)
      var life = Life(seed: 7)
      let reader = try reader(path)
      for _ in 1...150 {
        let before = life.committed
        try queue.writeWithoutTransaction { try life.live($0) { try rows(reader) == before } }
        #expect(try rows(reader) == life.committed)
      }
      #expect(life.events.values.allSatisfy { $0 > 5 } && life.events.count == 5, "\(life.events)")
      logs.append(try frames(queue, path))
      // What a kill would leave.
      for suffix in ["", "-wal"] {
        try write(try #require(contents(path + suffix)), to: directory.file("copy-\(logs.count)" + suffix))
      }
      #expect(try rows(DatabaseQueue(path: directory.file("copy-\(logs.count)"))) == life.committed)
    }
    #expect(logs[0].count > 30 && logs[0] == logs[1] && logs[0] == logs[2])
  }

  @Test(
    "on a full disk fails a transaction with the error that it has without, keeps nothing of it, and then goes on",
    .enabled(if: TinyDisk.isPossible), arguments: [(10, 200), (2000, 200), (2000, 10)], [true, false])
  func full(size: (pages: Int, rows: Int), gathers: Bool) throws {
    let disk = try TinyDisk(mebibytes: 4)
    let queue = try open(disk.file("t.db"), pages: size.pages, gathers: gathers)
    // A few rows are all gathered until the commit's sync.
    let insert = """
      BEGIN; WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < \(size.rows))
      INSERT INTO t (body) SELECT printf('%3000d', i) FROM n; COMMIT
      """
    try queue.writeWithoutTransaction { try $0.execute(sql: insert) }
    let known = try rows(queue)
    try disk.fill()
    for _ in 1...2 {
      try queue.writeWithoutTransaction { database in
        let error = #expect(throws: DatabaseError.self) { try database.execute(sql: insert) }
        #expect(error?.extendedResultCode == .SQLITE_FULL)
        if database.isInsideTransaction { try database.execute(sql: "ROLLBACK") }
      }
      #expect(try rows(queue) == known)
    }
    disk.empty()
    try queue.writeWithoutTransaction { try $0.execute(sql: insert) }
    #expect(try rows(queue).count == known.count + size.rows)
    #expect(try rows(reader(disk.file("t.db"))).count == known.count + size.rows)
  }

  @Test(
    "can't commit what was lost, nor read it, though the statement that noticed was undone alone",
    .enabled(if: TinyDisk.isPossible), arguments: ["COMMIT", "SELECT sum(length(body)) FROM t"])
  func lost(next: String) throws {
    let disk = try TinyDisk(mebibytes: 4)
    let queue = try open(disk.file("t.db"), pages: 10)
    try queue.writeWithoutTransaction { database in
      try database.execute(sql: "INSERT INTO t VALUES (1, 'known')")
      try disk.fill()
      try database.execute(sql: "BEGIN")
      // More than the cache holds and less than is gathered at most.
      for id in 2...25 { try database.execute(sql: "INSERT INTO t VALUES (?, printf('%3000d', 1))", arguments: [id]) }
      let error = #expect(throws: DatabaseError.self) { try database.execute(sql: "UPDATE t SET body = body || '.'") }
      #expect(error?.resultCode == .SQLITE_FULL)
      try #require(database.isInsideTransaction)
      // Now there is space, but not what it was needed for.
      disk.empty()
      let later = #expect(throws: DatabaseError.self) { try database.execute(sql: next) }
      #expect(later?.resultCode == .SQLITE_FULL)
      if database.isInsideTransaction { try database.execute(sql: "ROLLBACK") }
    }
    #expect(try rows(queue) == [1: "known"])
    try queue.writeWithoutTransaction { try $0.execute(sql: "INSERT INTO t VALUES (2, 'next')") }
    #expect(try rows(reader(disk.file("t.db"))) == [1: "known", 2: "next"])
  }
}

/// Transactions of all kinds, the same ones for the same seed, and what they come to.
private struct Life {
  private(set) var committed: [Int: String] = [:]
  private(set) var events: [String: Int] = [:]
  private var current: [Int: String] = [:]
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed) }

  /// One transaction, or a checkpoint.
  ///
  /// - Parameter isUnseen: asked within it.
  mutating func live(_ database: Database, isUnseen: () throws -> Bool) throws {
    if random.next() % 8 == 0 {
      let mode = ["PASSIVE", "RESTART", "TRUNCATE"][Int(random.next() % 3)]
      try database.execute(sql: "PRAGMA wal_checkpoint(\(mode))")
      return count("checkpoint")
    }
    current = committed
    try database.execute(sql: "BEGIN")
    try change(database)
    #expect(try isUnseen())
    if random.next() % 3 == 0 {
      let before = current
      try database.execute(sql: "SAVEPOINT s")
      try change(database)
      if random.next() % 2 == 0 {
        try database.execute(sql: "ROLLBACK TO s")
        current = before
        try change(database)
        count("undone savepoint")
      } else {
        count("savepoint")
      }
    }
    if random.next() % 4 == 0 {
      try database.execute(sql: "ROLLBACK")
      count("rollback")
    } else {
      try database.execute(sql: "COMMIT")
      committed = current
      count("commit")
    }
  }

  private mutating func change(_ database: Database) throws {
    for _ in 0...(random.next() % 30) {
      let id = Int(random.next() % 100)
      guard random.next() % 5 != 0 else {
        try database.execute(sql: "DELETE FROM t WHERE id = ?", arguments: [id])
        current[id] = nil
        continue
      }
      let body = String(repeating: "\(random.next() % 10)", count: 1 + Int(random.next() % 6000))
      try database.execute(sql: "INSERT OR REPLACE INTO t VALUES (?, ?)", arguments: [id, body])
      current[id] = body
    }
  }

  private mutating func count(_ event: String) { events[event, default: 0] += 1 }
}
