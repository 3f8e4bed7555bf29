import Conference
import Gateway
import Ledger
import Testing

@Suite("A command's limits")
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
}
