import Audit
import Gateway
import Ledger
import LedgerSQLite
import Testing

@Suite("GCRA")
struct GCRATests {
  private let second: Int64 = 1_000_000_000

  private func rule(allow: Int, every: Duration, burst: Int) -> LimitRule {
    LimitRule(name: "test", per: .caller, allow: allow, every: every, burst: burst)
  }

  @Test("a burst passes at once, and not one more")
  func burst() throws {
    let limit = GCRA(rule(allow: 1, every: .seconds(1), burst: 3))
    var time: GCRA.ArrivalTime?
    for left in [2, 1, 0] {
      time = limit.charge(time, now: 1000 * second)
      #expect(time != nil)
      let status = limit.status(time, now: 1000 * second)
      #expect(status.remaining == left)
      #expect(status.reset == 1, "from then on one more would pass")
    }
    #expect(limit.charge(time, now: 1000 * second) == nil)
    #expect(limit.status(time, now: 1000 * second).retryAfter == 1)
    #expect(limit.status(time, now: 1000 * second).reset == 1)
    #expect(limit.status(nil, now: 0).remaining == 3 && limit.status(nil, now: 0).reset == 1)
    #expect(limit.charge(time, now: 1001 * second) != nil, "one interval later one more passes")
    #expect(limit.charge(time, now: 1001 * second - 1) == nil, "and not a nanosecond sooner")
  }

  @Test("an interval that is no whole number of nanoseconds does not drift")
  func noDrift() throws {
    let limit = GCRA(rule(allow: 3, every: .seconds(1), burst: 3))
    var time: GCRA.ArrivalTime?
    for second in 1...10_000 as ClosedRange<Int64> {
      for _ in 1...3 {
        time = limit.charge(time, now: second * self.second)
        try #require(time != nil)
      }
      #expect(limit.charge(time, now: second * self.second) == nil)
    }
  }

  @Test("what was not used is not saved up beyond the burst")
  func noSaving() throws {
    let limit = GCRA(rule(allow: 1, every: .seconds(1), burst: 2))
    let first = try #require(limit.charge(nil, now: 0))
    #expect(limit.status(first, now: 1_000_000 * second).remaining == 2)
  }

  @Test("a clock set back by a day shuts the limit for no longer than its burst takes")
  func clockSetBack() throws {
    let limit = GCRA(rule(allow: 1, every: .seconds(1), burst: 2))
    let time = try #require(limit.charge(nil, now: 200_000 * second))
    let back = 100_000 * second
    #expect(limit.status(time, now: back).remaining == 0)
    #expect(limit.status(time, now: back).reset == 1)
    let stored = limit.arrivalTime(nanoseconds: limit.nanoseconds(time))
    #expect(limit.charge(stored, now: back) == nil)
  }

  @Test("a limit of a day counts in seconds of it")
  func daily() throws {
    let limit = GCRA(rule(allow: 5000, every: .seconds(86_400), burst: 1))
    let time = try #require(limit.charge(nil, now: 0))
    #expect(
      limit.status(time, now: 0)
        == LimitStatus(
          rule: rule(allow: 5000, every: .seconds(86_400), burst: 1), remaining: 0, retryAfter: 18, reset: 18))
  }

  @Test("what is read back allows no more than what was stored")
  func stored() throws {
    let limit = GCRA(rule(allow: 7, every: .seconds(1), burst: 1))
    let time = try #require(limit.charge(nil, now: 5))
    let read = limit.arrivalTime(nanoseconds: limit.nanoseconds(time))
    let due = limit.nanoseconds(time)
    #expect(limit.charge(read, now: due - 1) == nil)
    #expect(limit.charge(read, now: due) != nil)
  }
}
