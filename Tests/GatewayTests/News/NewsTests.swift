import Conference
import EventLoop
import Logging
import TestKit
import Testing

@testable import Gateway

@Suite("News for the log")
struct NewsTests {
  private static let start = Material.start

  private func rule(_ name: String, every: Duration = .seconds(1), owner: Fault.Owner = .team) -> LimitRule {
    LimitRule(name: name, per: .team, owner: owner, allow: 1, every: every, burst: 1)
  }

  @Test("of a limit are that it begins and that it has ceased, not each request")
  func limit() {
    var conditions = RefusalConditions()
    let condition = RefusalConditions.Condition.limit(rule("burst"), team: "support")
    var told: [Bool] = []
    for second in 0..<100 {
      told.append(conditions.note(condition, at: Self.start + .seconds(second)))
      #expect(conditions.takeEnded(at: Self.start + .seconds(second)).isEmpty)
    }
    #expect(told == [true] + Array(repeating: false, count: 99))
    #expect(conditions.takeEnded(at: Self.start + .seconds(108)).isEmpty)
    let ended = conditions.takeEnded(at: Self.start + .seconds(109))
    #expect(ended.map(\.refused) == [100] && ended.map(\.lasted) == [.seconds(99)])
    #expect(conditions.takeEnded(at: Self.start + .seconds(500)).isEmpty)
    let isNew = conditions.note(condition, at: Self.start + .seconds(501))
    #expect(isNew, "it begins anew")
  }

  @Test("of limits are told for each limit and team")
  func apart() {
    var conditions = RefusalConditions()
    for team in ["support", "sales"] {
      for rule in [rule("burst"), rule("burst", owner: .organization), rule("daily", every: .seconds(86_400))] {
        let told = (1...3).map { _ in conditions.note(.limit(rule, team: team), at: Self.start) }
        #expect(told == [true, false, false])
      }
    }
    // A day's limit refuses from time to time for hours: what counts is a minute.
    #expect(conditions.takeEnded(at: Self.start + .seconds(59)).count == 4)
    #expect(conditions.takeEnded(at: Self.start + .seconds(60)).count == 2)
  }

  @Test("of things that happen often are told at once, and then once a minute with how many there were")
  func often() {
    let (news, log) = (GatewayNews(), LogLines())
    #expect(news.outcomeUnknown(at: Self.start) == 1)
    for _ in 1...9 { #expect(news.outcomeUnknown(at: Self.start + .seconds(1)) == nil) }
    for executed in [true, true, false] { news.outcomeKnown(executed: executed) }
    news.tick(at: Self.start + .seconds(2), log.logger)
    #expect(log.lines.count == 1)
    let known = log.lines[0].metadata
    #expect(known["commands"]?.description == "3" && known["executed"]?.description == "2")
    #expect(known["not_executed"]?.description == "1")
    news.outcomeKnown(executed: false)
    news.tick(at: Self.start + .seconds(59), log.logger)
    #expect(log.lines.count == 1)
    // What nobody was told of is told, though nothing more happens.
    news.tick(at: Self.start + .seconds(62), log.logger)
    #expect(log.lines.dropFirst().map { $0.metadata["commands"]?.description } == ["9", "1"])
    #expect(log.lines.last?.metadata["executed"]?.description == "0")
    for minute in 2...9 { news.tick(at: Self.start + .seconds(60 * minute), log.logger) }
    #expect(log.lines.count == 3)
  }

  @Test("say nothing of Telnyx where the gateway itself has ended the attempt, however often")
  func stopped() {
    let health = UpstreamHealth(tokens: [Material.digest(0)])
    for second in 0..<40 {
      let outcome: AttemptOutcome = second % 2 == 0 ? .lost(.stopped) : .notSent(.stopped)
      #expect(health.attemptEnded(outcome, token: 0, at: Self.start + .seconds(second)).isEmpty)
    }
    #expect(!health.isBreakerOpen)
  }

  @Test("of a token don't hold of another one in its place")
  func tokens() {
    let health = UpstreamHealth(tokens: [Material.digest(0), Material.digest(1)])
    var now = Self.start
    func told(_ status: Int, token: Int) -> [String] {
      now = now + .seconds(1)
      return health.attemptEnded(Material.reply(status), token: token, at: now).map { "\($0.condition) \($0.phase)" }
    }
    #expect(told(401, token: 0) == ["tokenRefused(1) began"])
    #expect(told(200, token: 1) == ["fallback began"])
    #expect(told(200, token: 1) == [] && told(401, token: 0) == [])
    #expect(told(401, token: 1) == ["tokenRefused(2) began", "noToken began"])
    // Another one in the first place, which is no better.
    health.add(token: 2, Material.digest(2))
    health.use(tokens: [2, 1])
    #expect(told(401, token: 1) == [])
    #expect(told(401, token: 2) == ["tokenRefused(1) began", "noToken began"])
    // And one that is, alone.
    health.add(token: 3, Material.digest(3))
    health.use(tokens: [3])
    #expect(told(200, token: 3) == ["tokenRefused(1) ended", "fallback ended", "noToken ended"])
    #expect(told(200, token: 3) == [])
  }
}
