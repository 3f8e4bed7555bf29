import EventLoop
import Gateway
import TestKit
import Testing

/// As `CommandLifeTests`, of Telnyx's other calls.
@Suite("The life of a call that is passed on")
struct PassedCallLifeTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let sentence: String
    let kind: CommandLife.Kind
    let outcomes: [AttemptOutcome]
    let end: String

    init(_ sentence: String, _ kind: CommandLife.Kind, _ outcomes: [AttemptOutcome], _ end: String) {
      self.sentence = sentence
      self.kind = kind
      self.outcomes = outcomes
      self.end = end
    }

    var testDescription: String { sentence }
  }

  private static let lost = CommandLifeTests.timeout
  private static let notSent = CommandLifeTests.refusedConnection
  private static func reply(_ status: Int) -> AttemptOutcome { CommandLifeTests.reply(status) }

  static let rows = [
    Row("a 2xx is passed, whatever it says", .once, [reply(202)], "passed"),
    Row("what is lost and has no key is not sent again", .once, [lost], "unknown"),
    Row("a 500 without a key is not sent again", .once, [reply(500)], "unknown"),
    Row("what did not leave is sent again, key or none", .once, [notSent, notSent, reply(200)], "passed"),
    Row("what never left was not sent", .once, [notSent, notSent, notSent], "notSent"),
    Row("what is lost after a try that did not leave is the end", .once, [notSent, lost], "unknown"),
    Row("a 422 was not executed", .once, [reply(422)], "rejected"),
    Row("a 303 may have been", .once, [reply(303)], "unknown"),
    Row("a 307 was not", .once, [reply(307)], "redirected"),
    Row("a 429 is told with its time", .once, [reply(429)], "throttled"),
    Row("a token that is refused is not the caller's", .once, [reply(401)], "tokenRefused"),
    Row("with a key it is sent again", .command, [lost, reply(503), reply(200)], "passed"),
    Row("a no to what was sent again proves nothing", .command, [lost, reply(422)], "unknown"),
    Row("with a key it is sent as often as a create", .command, [lost, lost, lost], "unknown"),
    Row("what only looks is asked for again", .read, [lost, reply(500), reply(200)], "passed"),
    Row("a last 500 of what only looks is told as it is", .read, [lost, reply(502), reply(500)], "rejected"),
    Row("a 404 after a lost look is one", .read, [lost, reply(404)], "rejected"),
    Row("a redirect of what only looks is not followed", .read, [reply(302)], "redirected"),
    Row("no answer to what only looks is none", .read, [lost, lost, lost], "unknown"),
    Row("nor is it known of it whether it has left", .read, [notSent, notSent, notSent], "unknown"),
  ]

  @Test("ends as Telnyx says, or with a doubt that is told", arguments: rows)
  func table(row: Row) {
    var now = MonotonicTime(nanoseconds: 0)
    var life = CommandLife(
      bounds: CommandLife.Bounds(
        attempts: 3, attemptTimeout: .seconds(10), deadline: now + .seconds(30), tokens: [0]), kind: row.kind)
    var outcomes = row.outcomes[...]
    var action = life.begin(at: now)
    while true {
      switch action {
      case .send:
        guard let outcome = outcomes.popFirst() else {
          Issue.record("it is sent once more")
          return
        }
        action = life.attemptEnded(outcome, at: now, jitter: 0.5, mayRetry: { true })
      case .wait(let until):
        now = until
        action = life.backoffEnded(at: now)
      case .note:
        Issue.record("there is no other token")
        return
      case .settle(let verdict):
        #expect(outcomes.isEmpty && "\(verdict)".hasPrefix(row.end), "\(verdict)")
        return
      }
    }
  }

  @Test("with a key is not sent again once Telnyx may have forgotten it")
  func window() {
    let start = MonotonicTime(nanoseconds: 0)
    var life = CommandLife(
      bounds: CommandLife.Bounds(
        attempts: 9, attemptTimeout: .seconds(50), deadline: start + .seconds(90), tokens: [0]), kind: .command)
    _ = life.begin(at: start)
    let late = start + .seconds(46)
    #expect(life.attemptEnded(Self.lost, at: late, jitter: 0, mayRetry: { true }) == .settle(.unknown(Self.lost)))
  }
}
