import EventLoop
import Gateway
import TestKit
import Testing

/// The life-of-a-command table, row by row: what Telnyx says in turn, and what becomes of the command.
@Suite("The life of a command")
struct CommandLifeTests {
  /// Ends of a life, without what they carry.
  enum End: Sendable {
    case executed, rejected, throttled, tokenRefused, redirected, notSent, unknown
  }

  struct Row: Sendable, CustomTestStringConvertible {
    let sentence: String
    let outcomes: [AttemptOutcome]
    let end: End
    /// Tokens of the attempts, in order: their number is the number of sends.
    let tokens: [Int]
    var attempts = 3
    var tokensConfigured = 1
    var isResend = false

    var testDescription: String { sentence }
  }

  static let conference = reply(200, #"{"data":{"id":"c1","name":"n"}}"#)
  static let timeout = AttemptOutcome.lost(TransportFailure(name: "timeout", detail: ""))
  static let refusedConnection = AttemptOutcome.notSent(TransportFailure(name: "connect", detail: ""))

  static func reply(_ status: Int, _ body: String = "{}") -> AttemptOutcome {
    .replied(UpstreamReply(status: status, fields: [:], body: Array(body.utf8)))
  }

  static func error(_ status: Int, code: String) -> AttemptOutcome {
    reply(status, #"{"errors":[{"code":"\#(code)","title":"t"}]}"#)
  }

  static let rows = [
    Row(sentence: "a 200 with a conference is executed", outcomes: [conference], end: .executed, tokens: [0]),
    Row(sentence: "a 422 was not executed", outcomes: [error(422, code: "10015")], end: .rejected, tokens: [0]),
    Row(sentence: "a 404 was not executed", outcomes: [reply(404)], end: .rejected, tokens: [0]),
    Row(
      sentence: "a name that is taken was not executed", outcomes: [error(422, code: "90033")], end: .rejected,
      tokens: [0]),
    Row(sentence: "a 429 was not executed", outcomes: [reply(429)], end: .throttled, tokens: [0]),
    Row(sentence: "a 307 is not followed", outcomes: [reply(307)], end: .redirected, tokens: [0]),
    Row(sentence: "a 308 is not followed", outcomes: [reply(308)], end: .redirected, tokens: [0]),
    Row(
      sentence: "a 303 after the last of two tokens may have been executed", outcomes: [reply(401), reply(303)],
      end: .unknown, tokens: [0, 1], tokensConfigured: 2),
    Row(sentence: "a 401 with one token is the end", outcomes: [reply(401)], end: .tokenRefused, tokens: [0]),
    Row(
      sentence: "a 401 with two tokens tries the next, even with one attempt", outcomes: [reply(401), conference],
      end: .executed, tokens: [0, 1], attempts: 1, tokensConfigured: 2),
    Row(
      sentence: "a resend that meets a 401 is not sent with another token: to its account it would be new",
      outcomes: [timeout, reply(401)], end: .unknown, tokens: [0, 0], tokensConfigured: 2),
    Row(
      sentence: "the second token's send that is lost is sent again with the second",
      outcomes: [reply(401), timeout, conference], end: .executed, tokens: [0, 1, 1], tokensConfigured: 2),
    Row(
      sentence: "another process's send, then a 401, is unknown", outcomes: [reply(401)], end: .unknown, tokens: [0],
      tokensConfigured: 2, isResend: true),
    Row(
      sentence: "a 403 with the last token is the end", outcomes: [reply(401), reply(403)], end: .tokenRefused,
      tokens: [0, 1], tokensConfigured: 2),
    Row(
      sentence: "a connection that is refused is tried again", outcomes: [refusedConnection, conference],
      end: .executed,
      tokens: [0, 0]),
    Row(
      sentence: "three refused connections sent nothing",
      outcomes: [refusedConnection, refusedConnection, refusedConnection],
      end: .notSent, tokens: [0, 0, 0]),
    Row(
      sentence: "a timeout, then refused connections, may have been executed",
      outcomes: [timeout, refusedConnection, refusedConnection], end: .unknown, tokens: [0, 0, 0]),
    Row(sentence: "a timeout is sent again", outcomes: [timeout, conference], end: .executed, tokens: [0, 0]),
    Row(
      sentence: "with one attempt a timeout is unknown", outcomes: [timeout], end: .unknown, tokens: [0], attempts: 1),
    Row(
      sentence: "three 500 are unknown", outcomes: [reply(500), reply(502), reply(503)], end: .unknown,
      tokens: [0, 0, 0]),
    Row(sentence: "a 408 is sent again", outcomes: [reply(408), conference], end: .executed, tokens: [0, 0]),
    Row(sentence: "a 425 is sent again", outcomes: [reply(425), conference], end: .executed, tokens: [0, 0]),
    Row(
      sentence: "a 200 without a conference is unknown at once", outcomes: [reply(200, "{}")], end: .unknown,
      tokens: [0]),
    Row(
      sentence: "a 200 that is no JSON is unknown at once", outcomes: [reply(200, "<p>")], end: .unknown, tokens: [0]),
    Row(
      sentence: "a resend that is told the name is taken is unknown", outcomes: [timeout, error(422, code: "90033")],
      end: .unknown, tokens: [0, 0]),
    Row(
      sentence: "a resend that is told the body is wrong is unknown",
      outcomes: [reply(500), error(422, code: "10032")],
      end: .unknown, tokens: [0, 0]),
    Row(
      sentence: "a resend that meets a 429 is unknown", outcomes: [timeout, reply(429)], end: .unknown, tokens: [0, 0]),
    Row(
      sentence: "a resend that meets a 401 is unknown", outcomes: [timeout, reply(401)], end: .unknown, tokens: [0, 0]),
    Row(
      sentence: "another process's send, then a name that is taken, is unknown", outcomes: [error(422, code: "90033")],
      end: .unknown, tokens: [0], isResend: true),
    Row(
      sentence: "another process's send, then a refused connection, is unknown", outcomes: [refusedConnection],
      end: .unknown, tokens: [0], attempts: 1, isResend: true),
  ]

  @Test("the table", arguments: rows)
  func table(row: Row) {
    let (end, tokens) = live(row)
    #expect(end == row.end)
    #expect(tokens == row.tokens)
  }

  @Test(
    "of all redirects only 307 and 308 say that nothing was executed; after another one, or no final answer, it is unknown",
    arguments: Array(300...399) + [100, 101, 103, 199])
  func redirects(status: Int) {
    let start = MonotonicTime(nanoseconds: 0)
    var life = CommandLife(bounds: bounds(attempts: 3, tokens: 1, deadline: start + .seconds(30)))
    _ = life.begin(at: start)
    let answer = Self.reply(status)
    let action = life.attemptEnded(answer, at: start, jitter: 0, mayRetry: { true })
    guard case .replied(let reply) = answer else { return }
    #expect(action == .settle([307, 308].contains(status) ? .redirected(reply) : .unknown(answer)))
    #expect(!life.isWorthReconciling, "its caller hears 504 at once")
  }

  @Test("nothing is sent again beyond the resend window, however much time the request has")
  func window() {
    let start = MonotonicTime(nanoseconds: 0)
    var life = CommandLife(bounds: bounds(attempts: 3, tokens: 1, deadline: start + .seconds(1000)))
    _ = life.begin(at: start)
    let late = start + CommandLife.resendWindow
    let action = life.attemptEnded(Self.timeout, at: late, jitter: 0, mayRetry: { true })
    #expect(action == .settle(.unknown(Self.timeout)))
  }

  @Test("a resend waits as long as Telnyx asks for, and a random time beyond", arguments: [(0, 7000), (0.5, 7050)])
  func retryAfter(jitter: Double, milliseconds: Int64) {
    let start = MonotonicTime(nanoseconds: 0)
    var life = CommandLife(bounds: bounds(attempts: 3, tokens: 1, deadline: start + .seconds(30)))
    _ = life.begin(at: start)
    let action = life.attemptEnded(Self.asking("7"), at: start, jitter: jitter, mayRetry: { true })
    #expect(action == .wait(until: start + .milliseconds(milliseconds)))
  }

  @Test("where Telnyx asks for more time than there is, nothing is sent again", arguments: [("30", 30), ("45", 1000)])
  func retryAfterTooLong(seconds: String, deadline: Int) {
    let start = MonotonicTime(nanoseconds: 0)
    var life = CommandLife(bounds: bounds(attempts: 3, tokens: 1, deadline: start + .seconds(deadline)))
    _ = life.begin(at: start)
    let action = life.attemptEnded(Self.asking(seconds), at: start, jitter: 0, mayRetry: { true })
    #expect(action == .settle(.unknown(Self.asking(seconds))))
  }

  private static func asking(_ seconds: String) -> AttemptOutcome {
    .replied(UpstreamReply(status: 503, fields: ["Retry-After": seconds], body: []))
  }

  @Test("a first send may leave whenever; one that may be the second only within the window that began with the first")
  func notAfter() {
    let start = MonotonicTime(nanoseconds: 0)
    let end = start + CommandLife.resendWindow
    var life = CommandLife(bounds: bounds(attempts: 5, tokens: 1, deadline: start + .seconds(1000)))
    #expect(life.begin(at: start).notAfter == .some(nil))
    _ = life.attemptEnded(Self.refusedConnection, at: start + .seconds(1), jitter: 0, mayRetry: { true })
    #expect(life.backoffEnded(at: start + .seconds(2)).notAfter == .some(nil), "nothing was sent yet")
    _ = life.attemptEnded(Self.timeout, at: start + .seconds(3), jitter: 0, mayRetry: { true })
    #expect(life.backoffEnded(at: start + .seconds(4)).notAfter == .some(end), "which began with the first attempt")
    let late = AttemptOutcome.notSent(.tooLate)
    #expect(life.attemptEnded(late, at: end, jitter: 0, mayRetry: { true }) == .settle(.unknown(late)))
  }

  @Test("a command of an earlier process leaves within what is left of its window, or not at all")
  func resumedNotAfter() {
    let start = MonotonicTime(nanoseconds: 0)
    let end = start + .seconds(5)
    let bounds = bounds(attempts: 3, tokens: 1, deadline: start + .seconds(30))
    var life = CommandLife(bounds: bounds, windowEnd: end)
    #expect(life.begin(at: start).notAfter == .some(end))
    var late = CommandLife(bounds: bounds, windowEnd: start)
    #expect(late.begin(at: start) == .settle(.unknown(nil)))
  }

  @Test(
    "no resend is under way beyond 55 seconds after the first send, whatever an attempt and the request may take",
    arguments: [(0, 40), (14, 40), (15, 40), (16, 39), (40, 15), (44, 11)])
  func delivery(age: Int64, timeout: Int64) {
    let start = MonotonicTime(nanoseconds: 0)
    let bounds = CommandLife.Bounds(
      attempts: 3, attemptTimeout: .seconds(40), deadline: start + .seconds(1000), tokens: [0])
    let expected = CommandLife.Action.send(
      token: 0, timeout: .seconds(timeout), notAfter: start + CommandLife.resendWindow - .seconds(age))
    // A repeat, of an earlier request or process.
    var repeated = CommandLife(bounds: bounds, windowEnd: start + .seconds(45 - age))
    #expect(repeated.begin(at: start) == expected)
    // The same command's own second attempt.
    var life = CommandLife(bounds: bounds)
    _ = life.begin(at: start - .seconds(age))
    _ = life.attemptEnded(Self.timeout, at: start, jitter: 0, mayRetry: { true })
    #expect(life.backoffEnded(at: start) == expected)
  }

  @Test("another token sends nothing before the record says that it may; where that can't be written, none does")
  func tokenNoted() {
    let start = MonotonicTime(nanoseconds: 0)
    for isOnRecord in [true, false] {
      var life = CommandLife(bounds: bounds(attempts: 1, tokens: 2, deadline: start + .seconds(30)))
      _ = life.begin(at: start)
      let refused = Self.reply(401)
      #expect(life.attemptEnded(refused, at: start, jitter: 0, mayRetry: { true }) == .note(token: 1))
      let action = life.tokenNoted(isOnRecord, at: start)
      if isOnRecord {
        #expect(action == .send(token: 1, timeout: .seconds(10), notAfter: nil))
      } else if case .settle(.notSent(let failure)) = action {
        #expect(failure.name == "token_refused")
      } else {
        Issue.record("\(action)")
      }
    }
  }

  @Test("nothing is sent at or beyond the request's deadline")
  func deadline() {
    let start = MonotonicTime(nanoseconds: 0)
    var life = CommandLife(bounds: bounds(attempts: 3, tokens: 1, deadline: start + .seconds(2)))
    let first = life.begin(at: start)
    #expect(first == .send(token: 0, timeout: .seconds(2), notAfter: nil), "no attempt outlives the request")
    guard
      case .settle(.notSent) = life.attemptEnded(
        Self.refusedConnection, at: start + .seconds(2), jitter: 0, mayRetry: { true })
    else { return #expect(Bool(false), "there was no time left") }
  }

  @Test("an empty retry budget ends the resends")
  func budget() {
    let start = MonotonicTime(nanoseconds: 0)
    var life = CommandLife(bounds: bounds(attempts: 3, tokens: 1, deadline: start + .seconds(30)))
    _ = life.begin(at: start)
    let action = life.attemptEnded(Self.timeout, at: start, jitter: 0, mayRetry: { false })
    #expect(action == .settle(.unknown(Self.timeout)))
  }

  @Test("no answer to a resend, of any status and code, proves that the first send was not executed")
  func refusedResend() {
    let start = MonotonicTime(nanoseconds: 0)
    let codes = [
      nil, "10004", "10012", "10015", "10023", "10027", "10029", "10032", "10036", "90015", "90033", "x", "",
    ]
    let losses = [Self.timeout, Self.reply(408), Self.reply(425), Self.reply(500)]
    for status in 300...499 {
      for (code, lost) in codes.flatMap({ code in losses.map { (code, $0) } }) {
        var life = CommandLife(bounds: bounds(attempts: 2, tokens: 1, deadline: start + .seconds(30)))
        _ = life.begin(at: start)
        _ = life.attemptEnded(lost, at: start, jitter: 0, mayRetry: { true })
        _ = life.backoffEnded(at: start + .seconds(1))
        let answer = code.map { Self.error(status, code: $0) } ?? Self.reply(status, "<p>")
        let action = life.attemptEnded(answer, at: start + .seconds(2), jitter: 0, mayRetry: { true })
        #expect(action == .settle(.unknown(answer)), "\(status) \(code ?? "")")
        // What is said of the token, the time or the load is not about the command.
        let isAboutCommand = ![401, 403, 408, 425, 429].contains(status)
        #expect(life.isWorthReconciling == isAboutCommand, "\(status)")
      }
    }
  }

  @Test(
    "whatever Telnyx says, a life ends, within its attempts, and never calls executed what may be or isn't",
    arguments: 1...40 as ClosedRange<UInt64>)
  func random(seed: UInt64) {
    var random = SeededRandom(seed)
    let all = [
      Self.conference, Self.timeout, Self.refusedConnection, Self.reply(200), Self.reply(301), Self.reply(307),
      Self.reply(400),
      Self.reply(401), Self.reply(403), Self.reply(404), Self.reply(408), Self.reply(413), Self.reply(415),
      Self.reply(425), Self.reply(429), Self.reply(500), Self.error(422, code: "90033"),
      Self.error(422, code: "10015"),
    ]
    for _ in 0..<500 {
      let attempts = Int.random(in: 1...4, using: &random)
      let tokens = Int.random(in: 1...3, using: &random)
      var life = CommandLife(
        bounds: bounds(attempts: attempts, tokens: tokens, deadline: MonotonicTime(nanoseconds: .max)))
      var now = MonotonicTime(nanoseconds: 0)
      var action = life.begin(at: now)
      var sends = 0
      var mayHaveExecuted = false
      while true {
        switch action {
        case .send:
          sends += 1
          let outcome = all.randomElement(using: &random) ?? Self.timeout
          if case .lost = outcome { mayHaveExecuted = true }
          if case .replied(let reply) = outcome, [200, 301, 408, 425, 500].contains(reply.status) {
            mayHaveExecuted = true
          }
          let jitter = Double.random(in: 0..<1, using: &random)
          action = life.attemptEnded(outcome, at: now, jitter: jitter, mayRetry: { true })
          continue
        case .note:
          #expect(!mayHaveExecuted, "another token is only for what was not executed")
          action = life.tokenNoted(at: now)
          continue
        case .wait(let until):
          now = until
          action = life.backoffEnded(at: now)
          continue
        case .settle(let verdict):
          #expect(sends <= attempts + tokens - 1)
          switch verdict {
          case .notSent, .throttled, .tokenRefused, .redirected, .rejected: #expect(!mayHaveExecuted)
          case .executed(let reply, _): #expect(.replied(reply) == Self.conference)
          case .passed: Issue.record("it is a create")
          case .unknown: #expect(mayHaveExecuted)
          }
        }
        break
      }
    }
  }

  private func bounds(attempts: Int, tokens: Int, deadline: MonotonicTime) -> CommandLife.Bounds {
    CommandLife.Bounds(
      attempts: attempts, attemptTimeout: .seconds(10), deadline: deadline, tokens: Array(0..<tokens))
  }

  private func live(_ row: Row) -> (End?, [Int]) {
    var now = MonotonicTime(nanoseconds: 0)
    var life = CommandLife(
      bounds: bounds(attempts: row.attempts, tokens: row.tokensConfigured, deadline: now + .seconds(30)),
      windowEnd: row.isResend ? now + .seconds(44) : nil)
    var outcomes = row.outcomes[...]
    var tokens: [Int] = []
    var action = life.begin(at: now)
    while true {
      switch action {
      case .send(let token, _, _):
        tokens.append(token)
        guard let outcome = outcomes.popFirst() else { return (nil, tokens) }
        action = life.attemptEnded(outcome, at: now, jitter: 0.5, mayRetry: { true })
      case .note: action = life.tokenNoted(at: now)
      case .wait(let until):
        now = until
        action = life.backoffEnded(at: now)
      case .settle(let verdict): return (outcomes.isEmpty ? Self.end(verdict) : nil, tokens)
      }
    }
  }

  private static func end(_ verdict: CommandLife.Verdict) -> End {
    switch verdict {
    case .executed, .passed: .executed
    case .rejected: .rejected
    case .throttled: .throttled
    case .tokenRefused: .tokenRefused
    case .redirected: .redirected
    case .notSent: .notSent
    case .unknown: .unknown
    }
  }
}

extension CommandLife.Action {
  /// Of a send.
  fileprivate var notAfter: MonotonicTime?? {
    if case .send(_, _, let notAfter) = self { .some(notAfter) } else { nil }
  }
}
