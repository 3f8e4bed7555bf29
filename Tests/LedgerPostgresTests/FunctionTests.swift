import EventLoop
import Foundation
import LedgerPostgres
import TestKit
import Testing

/// What the SQL functions promise.
@Suite struct FunctionTests {
  let database: MigratedDatabase

  init() throws { database = try MigratedDatabase(on: try PostgresServer.shared.get()) }

  @Test func eachFunctionIsTheServingRoles() throws {
    let writer = try Writer(database)
    #expect(try writer.admit(["a", "b"]) == [1, 1])
    #expect(try writer.admit(["a", "c"]) == [2, 1])
    #expect(try writer.settle("a", kind: 1, conference: "x") == 1)
    #expect(try writer.settle("a", kind: 1, conference: "x") == 0)
    #expect(try writer.settle("a", kind: 1, conference: "y") == -1)
    #expect(try writer.settle("b", kind: 2) == 1)
    #expect(try writer.settle("c", kind: 3) == 1)
    let looked = try writer.connection.run(
      "SELECT command_id, state, status FROM convene.look_v1(ARRAY['a','b','c']) ORDER BY 1", by: patience)
    #expect((0..<looked.rows).map { looked.text($0, 0) } == ["a", "c"])
    #expect(looked.integer(0, 2) == 200)
    #expect(looked.integer(1, 1) == 3)
    _ = try writer.connection.run("SELECT convene.renew_v1(\(writer.id), 1, '10 s', NULL)", by: patience)
    #expect(try writer.connection.run("SELECT convene.extend_audit_v1(9)", by: patience).integer(0, 0) == 2)
    let head = try writer.connection.run("SELECT seq, hash FROM convene.heads_v1()", by: patience)
    #expect(head.integer(0, 0) == 5)
    #expect(head.bytes(0, 1) == [7])
    #expect(try writer.fence() == writer.batch)
  }

  @Test func anIncarnationNamesTheOneBefore() throws {
    let first = try Writer(database)
    let row = try first.connection.run(
      "SELECT predecessor FROM convene.open_v1('replica', '1 s')", by: patience)
    #expect(row.integer(0, 0) == first.id)
  }

  @Test func idsThatAreTwiceInABatchOrOutOfOrderAreRefused() throws {
    let writer = try Writer(database)
    for ids in [["a", "a"], ["b", "a"]] {
      #expect(failure { try writer.admit(ids) }?.sqlState == "CV003")
    }
    #expect(try database.run("SELECT count(*) FROM convene.commands") == "0")
  }

  @Test func aBatchThatIsSentAgainHasTheSameAnswer() throws {
    let writer = try Writer(database)
    let limit = Writer.Limit(key: "l", interval: 3_600_000_000, tolerance: 3_600_000_000)
    let statements = [writer.charge(["a", "b"], [limit]), writer.intent(["a", "b"])]
    for _ in 0..<3 {
      let answers = try writer.connection.run(statements, by: patience)
      #expect(try answers[1].get().integers(0, 0) == [1, 3])
    }
  }

  @Test func whoIsFencedDoesNothingMore() throws {
    let old = try Writer(database)
    #expect(try old.admit(["a"]) == [1])
    _ = try database.run("UPDATE convene.writers SET epoch = epoch + 1")
    #expect(kind { try old.admit(["b"]) } == .fenced)
    #expect(kind { try old.settle("a", kind: 2) } == .fenced)
    #expect(kind { try old.take("a", from: old.id) } == .fenced)
    #expect(failure { try old.fence() } == nil)
    #expect(try database.run("SELECT count(*) FROM convene.commands") == "1")
  }

  @Test func onlyADeadWritersCommandIsTakenAndOnlyOnce() throws {
    let living = try Writer(database)
    let dead = try Writer(database)
    #expect(try living.admit(["a"]) == [1])
    #expect(try dead.admit(["b"]) == [1])
    _ = try database.run("UPDATE convene.writers SET lease = clock_timestamp() WHERE id = \(dead.id)")
    let (database, from, alive) = (database, dead.id, living.id)
    let won = try concurrently(6) { _ in try Writer(database).take("b", from: from) == true }
    #expect(won.count { $0 } == 1)
    #expect(try Writer(database).take("a", from: alive) == false)
    // Woken, it can't free what is another's now; but evidence is evidence.
    #expect(try dead.settle("b", kind: 2) == 0)
    #expect(try dead.settle("b", kind: 1, conference: "x") == 1)
  }

  @Test func anIdIsAdmittedOnceAmongManyConnections() throws {
    let database = database
    let admitted = try concurrently(8) { number in
      let writer = try Writer(database)
      var (random, mine) = (SeededRandom(UInt64(number)), [String]())
      for _ in 0..<40 {
        let ids = Set((0..<16).map { _ in "id-\(Int.random(in: 0..<500, using: &random))" }).sorted {
          $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        mine += zip(ids, try writer.admit(ids)).filter { $0.1 == 1 }.map(\.0)
      }
      return mine
    }.flatMap { $0 }
    #expect(Set(admitted).count == admitted.count)
    #expect(try database.run("SELECT count(*) FROM convene.commands") == "\(admitted.count)")
  }

  /// The limit is in SQL and in Swift. This is Swift's, written anew from its definition (GCRA, in microseconds).
  @Test func theLimitIsExact() throws {
    let writer = try Writer(database)
    var random = SeededRandom(7)
    var (tats, number): ([Int64], Int) = ([0, 0], 0)
    for _ in 0..<300 {
      let limits = (0..<2).map {
        Writer.Limit(
          key: "k\($0)", interval: .random(in: 1...20_000, using: &random),
          tolerance: .random(in: 0...100_000, using: &random))
      }
      let ids = (0..<Int.random(in: 1...12, using: &random)).map { _ in
        number += 1
        return "id-" + String(format: "%08d", number)
      }
      // The clock was set back, or was an hour ahead.
      if Int.random(in: 0..<10, using: &random) == 0 {
        tats[0] += 3_600_000_000
        _ = try database.run("UPDATE convene.limits SET tat = \(tats[0]) WHERE key = 'k0'")
        tats[0] = Int64(try database.run("SELECT coalesce(max(tat), 0) FROM convene.limits WHERE key = 'k0'")) ?? 0
      }
      let credit = Int64.random(in: 0...1, using: &random)
      let answer = try writer.connection.run([writer.charge(ids, limits, credit: credit)], by: patience)[0].get()
      let at = try #require(answer.integer(0, 2))
      for (place, limit) in limits.enumerated() {
        tats[place] = min(max(tats[place] - credit * limit.interval, at), at + limit.tolerance)
      }
      let expected = ids.map { _ -> Int64? in
        let passes = zip(tats, limits).allSatisfy { $0 + $1.interval - at <= $1.tolerance }
        if passes { for (place, limit) in limits.enumerated() { tats[place] += limit.interval } }
        return passes ? 1 : 3
      }
      #expect(answer.integers(0, 0) == expected)
      #expect(answer.integers(0, 1) == tats)
    }
  }

  /// The connection is cut at a random time about the commit; the fence tells what became of the batch, and it stays so.
  @Test func theFenceTellsWhatBecameOfALostCommit() throws {
    let database = database
    let outcomes = try concurrently(4) { thread -> (Int, Int, Int) in
      let writer = try Writer(database)
      var random = SeededRandom(UInt64(thread))
      var (committed, lost, wrong) = (0, 0, 0)
      for number in 0..<100 {
        let id = "id-\(thread)-\(number)"
        let deadline = MonotonicTime.now + .microseconds(Int64.random(in: 0..<6000, using: &random))
        let statements = [writer.charge([id], []), writer.intent([id])]
        let error = failure { try writer.connection.run(statements, by: deadline) }
        guard error.map({ $0.kind == .outcomeUnknown }) ?? true else { throw Failure("\(error as Any)") }
        let isCommitted = try writer.fence() == writer.batch
        if isCommitted { committed += 1 } else { lost += 1 }
        // Whatever was under way is over, one way or the other.
        let rows = try writer.connection.run(
          "SELECT count(*) FROM convene.look_v1(ARRAY['\(id)'])", by: patience)
        if (rows.integer(0, 0) == 1) != isCommitted { wrong += 1 }
      }
      return (committed, lost, wrong)
    }
    print("cut around COMMIT: committed \(outcomes.map(\.0)), not \(outcomes.map(\.1)), wrong \(outcomes.map(\.2))")
    #expect(outcomes.allSatisfy { $0.2 == 0 })
    for (thread, outcome) in outcomes.enumerated() {
      let count = try database.run("SELECT count(*) FROM convene.commands WHERE command_id LIKE 'id-\(thread)-%'")
      #expect(count == "\(outcome.0)")
    }
  }

  /// A limit's row, which all share, isn't held through a flush at the standby; an intent waits for it.
  @Test func aChargeWaitsForNoStandby() throws {
    let server = try PostgresServer()
    let database = try MigratedDatabase(on: server)
    let writer = try Writer(database)
    try server.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    try server.run("SELECT pg_reload_conf()")
    try wait { try server.run("SHOW synchronous_standby_names") == "nobody" }
    let charge = writer.charge(["a"], [Writer.Limit(key: "l", interval: 1, tolerance: 1)])
    _ = try writer.connection.run([charge], by: patience)[0].get()
    let intent = writer.intent(["a"])
    #expect(kind { try writer.connection.run([intent], by: .now + .milliseconds(300)) } == .outcomeUnknown)
  }
}
