import Audit
import EventLoop
import Gateway
import Ledger
import LedgerSQLite
import Testing

/// From the ledger's answer to the moment after which nothing may leave, with clocks that the test sets.
@Suite("The window for resends, when somebody sets the clock", .everyStore)
struct ResendWindowTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Seconds since the first send, by a clock that nobody sets, and by how much the calendar was set since.
    let age: Int64
    let set: Int64
    var isSameBoot = true
    /// Seconds; nil = not to be sent again.
    let left: Int64?
    /// How long ago the first send was by the calendar as it is now, or earlier.
    let sentAgo: Int64
  }

  static let rows = [
    Row(testDescription: "nobody did", age: 10, set: 0, left: 35, sentAgo: 10),
    Row(testDescription: "set back: the machine's clock counts", age: 40, set: -30, left: 5, sentAgo: 40),
    Row(testDescription: "set back by a little", age: 44, set: -1, left: 1, sentAgo: 44),
    Row(testDescription: "set back before the send: nobody knows", age: 10, set: -11, left: nil, sentAgo: 10),
    Row(testDescription: "set forward: the calendar counts", age: 10, set: 30, left: 5, sentAgo: 40),
    Row(testDescription: "set forward out of the window", age: 10, set: 40, left: nil, sentAgo: 50),
    Row(
      testDescription: "the machine was started anew: only the calendar can tell", age: 10, set: 0, isSameBoot: false,
      left: 35, sentAgo: 10),
  ]

  @Test(
    "the ledger says what is left by both clocks, and nothing leaves beyond 45 seconds of true age", arguments: rows)
  func window(row: Row) throws {
    let scene = try Scene()
    let first = try scene.open()
    _ = try first.ask(admission())
    _ = try first.ask(settlement("command", .unknown))
    first.close()
    scene.clock.advance(.seconds(row.age))
    scene.clock.set(by: .seconds(row.set))
    let ledger = try scene.open(bootID: row.isSameBoot ? nil : "second")
    let answer = try ledger.ask(admission())
    // By the calendar alone one of several replicas sends nothing again: another server's may be another.
    let left = StoreKind.current == .postgres && !row.isSameBoot ? nil : row.left
    #expect(answer.windowLeft == left.map { .seconds($0) })
    let now = MonotonicTime(nanoseconds: 0)
    if case .resume(let command, let left) = answer {
      #expect(command.firstSent == scene.clock.wall - .seconds(row.sentAgo))
      var life = CommandLife(
        bounds: .init(attempts: 3, attemptTimeout: .seconds(10), deadline: now + .seconds(44), tokens: [0]),
        windowEnd: now + left)
      guard case .send(_, _, let notAfter?) = life.begin(at: now) else {
        Issue.record("it is a resend")
        return
      }
      #expect(notAfter <= now + .seconds(45 - row.age))
      // It takes its time and is lost: there is none left for another one.
      let lost = AttemptOutcome.lost(TransportFailure(name: "timeout", detail: ""))
      let action = life.attemptEnded(lost, at: now + .seconds(45 - row.age), jitter: 0, mayRetry: { true })
      #expect(action == .settle(.unknown(lost)))
    } else {
      #expect(answer.handedOut?.firstSent == scene.clock.wall - .seconds(row.sentAgo))
    }
  }
}
