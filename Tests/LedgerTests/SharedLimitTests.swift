import EventLoop
import Gateway
import Ledger
import TestKit
import Testing

@testable import LedgerPostgres

/// The one rule that SQL repeats: what `look_v1` decides, `ChargePlan` decides for the answers' sake, and `GCRA` where a process
/// has its limits for itself.
@Suite("Limits that a database counts")
struct SharedLimitTests {
  private struct Numbers {
    var random: SeededRandom

    mutating func pick<Value>(_ values: [Value]) -> Value { values[Int.random(in: 0..<values.count, using: &random)] }
    mutating func upTo(_ most: Int) -> Int { Int.random(in: 0...most, using: &random) }

    mutating func rules() -> [LimitCharge] {
      (0...upTo(3)).map { number in
        // Whole nanoseconds between two requests, so that nothing is rounded.
        LimitCharge(
          rule: LimitRule(
            name: "limit \(number)", per: .team, allow: pick([1, 2, 5, 10, 20, 50]),
            every: pick([.seconds(1), .seconds(3600)]),
            burst: 1 + upTo(9)), key: "limit \(number)")
      }
    }
  }

  @Test(
    "are judged alike by SQL, by what tells callers of it and by the rule itself",
    arguments: 1...40 as ClosedRange<UInt64>)
  func alike(seed: UInt64) throws {
    let scene = try Self.scene.get()
    let connection = try scene.connect()
    var numbers = Numbers(random: SeededRandom(seed))
    var charges = numbers.rules()
    charges = charges.map { LimitCharge(rule: $0.rule, key: "\(seed) \($0.key)") }
    for batch in 0..<6 {
      let admissions = (0...numbers.upTo(19)).compactMap { index -> Admission? in
        let own = charges.filter { _ in numbers.upTo(3) > 0 }
        guard case .admit(let admission) = admission("\(seed) \(batch) \(index)", limits: own) else { return nil }
        return admission
      }
      let plan = ChargePlan(admissions) { _ in 0 }
      guard !plan.isEmpty else { continue }
      let row = try look(connection, scene.schema, admissions, plan)
      let verdicts = try #require(row.integers(0, 0)).map { $0 == 1 }
      let times = try #require(row.integers(0, 1)).map { $0 ?? 0 }
      let at = try #require(row.integer(0, 2))

      var told: [Bool] = []
      plan.judge(times: times, at: at) { _, _, refusing in told.append(refusing == nil) }
      #expect(told == verdicts)

      let keys = Set(admissions.flatMap { $0.limits.map(\.key) }).sorted()
      var arrivals = zip(keys, times).reduce(into: [String: Int64]()) { $0[$1.0] = $1.1 }
      for (admission, verdict) in zip(admissions, verdicts) {
        let after = admission.limits.map { charge in
          let gcra = GCRA(charge.rule)
          return gcra.charge(arrivals[charge.key].map { gcra.arrivalTime(nanoseconds: $0) }, now: at).map(
            gcra.nanoseconds)
        }
        #expect(after.allSatisfy { $0 != nil } == verdict)
        guard verdict else { continue }
        for (charge, time) in zip(admission.limits, after) { arrivals[charge.key] = time }
      }
    }
  }

  @Test(
    "keep what is used of them, not until when, where a reload gives them other numbers: as the rule does",
    arguments: 1...40 as ClosedRange<UInt64>)
  func changed(seed: UInt64) throws {
    let connection = try Self.scene.get().connect()
    let schema = try Self.scene.get().schema
    var numbers = Numbers(random: SeededRandom(seed))
    let key = "changed \(seed)"
    var counted: (gcra: GCRA, time: GCRA.ArrivalTime?)?
    for batch in 0..<12 {
      let rule = LimitRule(
        name: "limit", per: .team, allow: numbers.pick([1, 2, 3, 5, 6, 50]),
        every: numbers.pick([.seconds(60), .seconds(3600), .seconds(86_400)]), burst: 1 + numbers.upTo(9))
      let charge = LimitCharge(rule: rule, key: key)
      let admissions = (0...numbers.upTo(4)).compactMap { index -> Admission? in
        guard case .admit(let admission) = admission("\(key) \(batch) \(index)", limits: [charge]) else { return nil }
        return admission
      }
      let plan = ChargePlan(admissions) { _ in 0 }
      let row = try look(connection, schema, admissions, plan)
      let (verdicts, at) = (try #require(row.integers(0, 0)), try #require(row.integer(0, 2)))
      let time = try #require(row.integers(0, 1)?.first ?? nil)
      let shared = SharedLimit(rule)

      let gcra = GCRA(rule)
      var arrival = counted.flatMap { counted in counted.time.map { gcra.arrivalTime($0, of: counted.gcra, now: at) } }
      arrival = gcra.corrected(arrival, now: at) ?? arrival
      // Here by whole nanoseconds: each change may round up by one, which is a billionth of a request by the shortest interval.
      let used = arrival.map { min(max(gcra.nanoseconds($0) - at, 0), shared.tolerance) } ?? 0
      #expect(abs(time - at - used) <= 10 + shared.interval / 10_000_000, "\(batch): \(time - at) of \(used)")
      for verdict in verdicts {
        let after = gcra.charge(arrival, now: at)
        #expect((after != nil) == (verdict == 1))
        arrival = after ?? arrival
      }
      counted = (gcra, arrival)
    }
  }

  @Test("that were used up are used up by a reload's numbers as well, and half of one is half of the other")
  func halved() throws {
    let connection = try Self.scene.get().connect()
    let schema = try Self.scene.get().schema
    func charge(_ count: Int, allow: Int, every: Duration, burst: Int, _ part: String) throws -> Int {
      let rule = LimitRule(name: "limit", per: .team, allow: allow, every: every, burst: burst)
      let admissions = (0..<count).compactMap { index -> Admission? in
        let charges = [LimitCharge(rule: rule, key: "halved")]
        guard case .admit(let admission) = admission("halved \(part) \(index)", limits: charges) else { return nil }
        return admission
      }
      let row = try look(connection, schema, admissions, ChargePlan(admissions) { _ in 0 })
      return try #require(row.integers(0, 0)).filter { $0 == 1 }.count
    }
    // 5 of 10 a day; then an hour's 10, of which 5 are left; then 100 in a day of which 90 are left.
    #expect(try charge(5, allow: 10, every: .seconds(86_400), burst: 10, "a") == 5)
    #expect(try charge(9, allow: 10, every: .seconds(3600), burst: 10, "b") == 5)
    #expect(try charge(200, allow: 100, every: .seconds(86_400), burst: 100, "c") == 90)
    #expect(try charge(5, allow: 10, every: .seconds(86_400), burst: 10, "d") == 0)
  }

  /// - Returns: verdicts, times before and when.
  private func look(
    _ connection: PostgresConnection, _ schema: PostgresSchema, _ admissions: [Admission], _ plan: ChargePlan
  ) throws -> PostgresResult {
    var ids = PostgresArray(of: .text)
    for admission in admissions { ids.append(admission.commandID) }
    return try connection.run(
      "SELECT v, tats, charged FROM \(schema).look_v1($1, $2, $3, $4, $5, $6, $7, $8)",
      PostgresSession.looking(rows: 0, ids: ids, plan), by: .now + .seconds(30))
  }

  private static let scene = Result { try PostgresScene() }
}
