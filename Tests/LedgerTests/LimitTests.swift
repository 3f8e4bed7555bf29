import Audit
import Conference
import Gateway
import Ledger
import LedgerSQLite
import Testing

@Suite("A command's limits", .everyOwnStore)
struct LimitTests {
  private let scene: Scene
  private let wide = LimitCharge(
    rule: LimitRule(name: "account", per: .organization, allow: 1, every: .seconds(1), burst: 10),
    key: "organization/account")
  private let narrow = LimitCharge(
    rule: LimitRule(name: "burst", per: .caller, allow: 1, every: .seconds(10), burst: 2),
    key: "caller/support/dialer/burst")

  init() throws { scene = try Scene() }

  @Test("all are charged or none")
  func allOrNone() throws {
    let ledger = try scene.open()
    for number in 1...2 { #expect(try ledger.ask(admission("\(number)", limits: [wide, narrow])).isAdmitted) }
    for number in 3...5 {
      let answer = try ledger.ask(admission("\(number)", limits: [wide, narrow]))
      let refusal = try #require(answer.refusal)
      #expect(refusal.kind == .limited && refusal.status == 429 && refusal.retryAfter == 10)
      #expect(refusal.rule == "limits.burst")
      #expect(answer.statuses?.map(\.remaining) == [8, 0])
      #expect(answer.statuses?.map(\.rule.name) == ["account", "burst"])
    }
    #expect(try scene.decisions() == ["limited", "limited", "limited"])
    #expect(try scene.count("commands") == 2)
  }

  @Test("are the same, whether a request comes with the array of the one before or with another one")
  func sameArray() throws {
    let ledger = try scene.open()
    let both = [wide, narrow]
    #expect(try ledger.ask(admission("1", limits: both)).statuses?.map(\.remaining) == [9, 1])
    #expect(try ledger.ask(admission("2", limits: [wide])).statuses?.map(\.remaining) == [8])
    #expect(try ledger.ask(admission("3", limits: [])).statuses?.isEmpty == true)
    #expect(try ledger.ask(admission("4", limits: both)).statuses?.map(\.remaining) == [7, 0])
    #expect(try ledger.ask(admission("5", limits: both)).refusal?.kind == .limited)
    scene.clock.advance(.seconds(20))
    #expect(try ledger.ask(admission("5", limits: both)).statuses?.map(\.remaining) == [9, 1])
  }

  @Test("survive a restart")
  func restart() throws {
    let ledger = try scene.open()
    for number in 1...2 { _ = try ledger.ask(admission("\(number)", limits: [narrow])) }
    ledger.close()
    let next = try scene.open()
    #expect(try next.ask(admission("3", limits: [narrow])).refusal?.kind == .limited)
    scene.clock.advance(.seconds(10))
    #expect(try next.ask(admission("3", limits: [narrow])).isAdmitted)
  }

  @Test("open after their time, also when the clock was set back by a year")
  func clockSetBack() throws {
    let ledger = try scene.open()
    for number in 1...2 { _ = try ledger.ask(admission("\(number)", limits: [narrow])) }
    scene.clock.set(by: .seconds(-365 * 86_400))
    #expect(try ledger.ask(admission("3", limits: [narrow])).refusal?.retryAfter == 10)
    scene.clock.advance(.seconds(10))
    #expect(try ledger.ask(admission("3", limits: [narrow])).isAdmitted)
  }

  @Test("cost nothing for a conflict, a replay or a duplicate that waits")
  func free() throws {
    let ledger = try scene.open()
    let mailbox = Mailbox()
    _ = try ledger.ask(admission("1", limits: [narrow]))
    let waiter = ledger.post(admission("1", limits: [narrow]), mailbox)
    _ = try ledger.ask(admission("1", fingerprint: 2, limits: [narrow]))
    _ = try ledger.ask(settlement("1"))
    _ = try mailbox.answer(waiter)
    _ = try ledger.ask(admission("1", limits: [narrow]))
    #expect(try ledger.ask(admission("2", limits: [narrow])).statuses?.first?.remaining == 0)
  }

  @Test("tell a caller to come back within a minute, however long it really takes")
  func retryAfter() throws {
    let ledger = try scene.open()
    let daily = LimitCharge(
      rule: LimitRule(name: "daily", per: .team, allow: 1, every: .seconds(86_400), burst: 1), key: "daily")
    _ = try ledger.ask(admission("1", limits: [daily]))
    let answer = try ledger.ask(admission("2", limits: [daily]))
    #expect(answer.refusal?.retryAfter == 60)
    #expect(answer.statuses?.first?.retryAfter == 86_400)
  }

  @Test("take other numbers from a reloaded configuration without forgetting what was used")
  func reloaded() throws {
    let ledger = try scene.open()
    for number in 1...2 { _ = try ledger.ask(admission("\(number)", limits: [narrow])) }
    let wider = LimitCharge(
      rule: LimitRule(name: "burst", per: .caller, allow: 1, every: .seconds(10), burst: 3), key: narrow.key)
    #expect(try ledger.ask(admission("3", limits: [wider])).isAdmitted)
    #expect(try ledger.ask(admission("4", limits: [wider])).refusal?.kind == .limited)
  }

  /// How many of the limit have been used by requests that come at once, and then how many are left by other numbers.
  private func left(
    after used: Int, of allow: Int, every: Duration, by newAllow: Int, every newEvery: Duration, burst: Int? = nil
  ) throws -> [Int] {
    let ledger = try scene.open()
    defer { ledger.close() }
    func limit(_ allow: Int, _ every: Duration, burst: Int) -> LimitCharge {
      LimitCharge(
        rule: LimitRule(name: "few", per: .team, allow: allow, every: every, burst: burst), key: "few \(used) \(allow)")
    }
    let old = limit(allow, every, burst: allow)
    let new = LimitCharge(rule: limit(newAllow, newEvery, burst: burst ?? newAllow).rule, key: old.key)
    for number in 0..<used { #expect(try ledger.ask(admission("u-\(number)", limits: [old])).isAdmitted) }
    var left: [Int] = []
    for number in 0..<2 {
      let answer = try ledger.ask(admission("n-\(number)", limits: [new]))
      left.append(answer.isAdmitted ? try #require(answer.statuses?.first?.remaining) : -1)
    }
    return left
  }

  @Test(
    "stay as used as they were where their time or their number changes",
    arguments: [
      // (used, allow, every, new allow, new every, new burst, left after one more and after another; -1 = refused)
      (1, 10, 86_400, 10, 60, nil, [8, 7]), (1, 10, 60, 10, 86_400, nil, [8, 7]),
      (10, 10, 60, 10, 86_400, nil, [-1, -1]), (10, 10, 86_400, 10, 60, nil, [-1, -1]),
      (10, 10, 60, 20, 60, nil, [9, 8]), (10, 10, 60, 20, 3600, nil, [9, 8]), (10, 10, 60, 5, 3600, nil, [-1, -1]),
      (4, 10, 60, 5, 3600, nil, [0, -1]), (10, 10, 60, 1, 1, 12, [1, 0]),
      (3, 3, 1, 1_000_000, 31_622_400, nil, [999_996, 999_995]), (1, 1_000_000, 31_622_400, 2, 1, nil, [0, -1]),
    ] as [(Int, Int, Int, Int, Int, Int?, [Int])])
  func otherNumbers(
    used: Int, allow: Int, every: Int, newAllow: Int, newEvery: Int, burst: Int?, expected: [Int]
  ) throws {
    #expect(
      try left(
        after: used, of: allow, every: .seconds(every), by: newAllow, every: .seconds(newEvery), burst: burst)
        == expected
    )
  }

  @Test("that were given other numbers are as full after the next start as before, though nothing has passed since")
  func otherNumbersAndRestart() throws {
    let wide = LimitCharge(
      rule: LimitRule(name: "few", per: .team, allow: 2, every: .seconds(60), burst: 2), key: "few")
    let narrow = LimitCharge(
      rule: LimitRule(name: "few", per: .team, allow: 2, every: .seconds(86_400), burst: 2), key: "few")
    let ledger = try scene.open()
    for number in 1...2 { #expect(try ledger.ask(admission("\(number)", limits: [wide])).isAdmitted) }
    #expect(try ledger.ask(admission("3", limits: [narrow])).refusal?.kind == .limited)
    ledger.close()
    let next = try scene.open()
    scene.clock.advance(.seconds(3600))
    #expect(try next.ask(admission("3", limits: [narrow])).refusal?.kind == .limited)
  }
}
