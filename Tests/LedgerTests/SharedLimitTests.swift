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
      var ids = PostgresArray(of: .text)
      for admission in admissions { ids.append(admission.commandID) }
      let row = try connection.run(
        "SELECT v, tats, charged FROM \(scene.schema).look_v1($1, $2, $3, $4, $5, $6, $7, $8)",
        PostgresSession.looking(rows: 0, ids: ids, plan), by: .now + .seconds(30))
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

  private static let scene = Result { try PostgresScene() }
}
