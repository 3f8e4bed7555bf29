import Audit
import Conference
import EventLoop
import GRDB
import Gateway
import Ledger
import LedgerSQLite
import Testing

/// Somebody sets the clock while limits are used up.
@Suite("The time of limits", .everyOwnStore)
struct LimitClockTests {
  private let scene: Scene
  private let hourly = LimitCharge(
    rule: LimitRule(name: "hourly", per: .team, allow: 100, every: .seconds(3600), burst: 100), key: "team/hourly")
  private let single = LimitCharge(
    rule: LimitRule(name: "single", per: .team, allow: 1, every: .seconds(3600), burst: 1), key: "team/single")
  private static let steps: [Duration] = [
    .seconds(-3600), .seconds(3600), .seconds(-365 * 86_400), .seconds(365 * 86_400), .seconds(-1), .seconds(1),
  ]

  init() throws { scene = try Scene() }

  @Test("is the machine's own within one start: no setting of the clock uses up or fills a limit", arguments: steps)
  func step(by step: Duration) throws {
    let ledger = try scene.open()
    for number in 1...2 { _ = try ledger.ask(admission("\(number)", limits: [hourly, single])) }
    scene.clock.set(by: step)
    let answer = try ledger.ask(admission("3", limits: [hourly]))
    #expect(answer.isAdmitted)
    #expect(answer.statuses?.map(\.remaining) == [98])
    #expect(try ledger.ask(admission("4", limits: [single])).refusal?.kind == .limited)
    scene.clock.advance(.seconds(3600))
    #expect(try ledger.ask(admission("5", limits: [single])).isAdmitted)
  }

  @Test("is the machine's own also for the next process", arguments: steps)
  func nextProcess(step: Duration) throws {
    let ledger = try scene.open()
    _ = try ledger.ask(admission("1", limits: [hourly, single]))
    ledger.close()
    scene.clock.set(by: step)
    let next = try scene.open()
    let answer = try next.ask(admission("2", limits: [hourly]))
    #expect(answer.statuses?.map(\.remaining) == [98])
    #expect(try next.ask(admission("3", limits: [single])).refusal?.kind == .limited)
    scene.clock.advance(.seconds(3599))
    #expect(try next.ask(admission("3", limits: [single])).refusal?.kind == .limited)
    scene.clock.advance(.seconds(1))
    #expect(try next.ask(admission("3", limits: [single])).isAdmitted)
  }

  @Test("is the calendar's over a start of the machine, as it was set since", arguments: steps)
  func restart(step: Duration) throws {
    let ledger = try scene.open()
    _ = try ledger.ask(admission("1", limits: [hourly, single]))
    scene.clock.set(by: step)
    // Whatever is written takes note of it.
    _ = try ledger.ask(admission("2"))
    ledger.close()
    scene.clock.restart(after: .seconds(1800))
    let next = try scene.open(bootID: "second")
    #expect(try next.ask(admission("3", limits: [hourly])).statuses?.map(\.remaining) == [99])
    let answer = try next.ask(admission("4", limits: [single]))
    #expect(answer.refusal?.kind == .limited)
    #expect(answer.statuses?.map(\.retryAfter) == [1800])
    scene.clock.advance(.seconds(1800))
    #expect(try next.ask(admission("4", limits: [single])).isAdmitted)
  }

  @Test("that was set back over a start of the machine shuts a limit for no longer than its burst takes")
  func restartInThePast() throws {
    let ledger = try scene.open()
    _ = try ledger.ask(admission("1", limits: [hourly, single]))
    ledger.close()
    scene.clock.restart(after: .seconds(-365 * 86_400))
    let next = try scene.open(bootID: "second")
    #expect(try next.ask(admission("2", limits: [single])).statuses?.map(\.retryAfter) == [3600])
    scene.clock.set(by: .seconds(365 * 86_400))
    scene.clock.advance(.seconds(3600))
    #expect(
      try next.ask(admission("2", limits: [single])).isAdmitted, "and that the clock is right again changes nothing")
  }

  @Test("in a ledger of an older version is the calendar's, and goes on from there")
  func olderVersion() throws {
    guard scene.hasFile else { return }
    try scene.open().close()
    let hour: Int64 = 3600 * 1_000_000_000
    let now = scene.clock.wall.microseconds * 1000
    try scene.write {
      try $0.execute(sql: "DELETE FROM meta WHERE key = 'limit_clock'")
      try $0.execute(sql: "INSERT INTO limits VALUES ('team/single', ?)", arguments: [now + hour / 2])
    }
    let ledger = try scene.open()
    #expect(try ledger.ask(admission("1", limits: [single])).statuses?.map(\.retryAfter) == [1800])
    scene.clock.set(by: .seconds(-3600))
    scene.clock.advance(.seconds(1800))
    #expect(try ledger.ask(admission("1", limits: [single])).isAdmitted)
  }
}
