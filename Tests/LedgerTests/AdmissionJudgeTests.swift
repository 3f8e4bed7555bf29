import Audit
import EventLoop
import Ledger
import LedgerSQLite
import Testing

@Suite("The life of a command, as a table")
struct AdmissionJudgeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var state: StoredCommand.State? = .done
    var isInFlight = false
    var team = "support"
    var fingerprint: UInt8 = 1
    /// Seconds from the first send to now, as the calendar says and as the machine's clock says.
    var age: Int64 = 10
    var ageSinceBoot: Int64 = 10
    var isSameBoot = true
    let verdict: AdmissionJudge.Verdict
  }

  static let table: [Case] = [
    Case(testDescription: "nothing known: new", state: nil, verdict: .new),
    Case(testDescription: "done: replay", verdict: .replay),
    Case(testDescription: "done a day ago: replay", age: 86_400, ageSinceBoot: 86_400, verdict: .replay),
    Case(testDescription: "done more than a day ago: new", age: 86_401, ageSinceBoot: 86_401, verdict: .new),
    Case(
      testDescription: "done more than a day ago by another team: new", team: "sales", age: 86_401,
      ageSinceBoot: 86_401, verdict: .new),
    Case(testDescription: "done, clock set forward by days: replay", age: 200_000, verdict: .replay),
    Case(
      testDescription: "done, machine restarted, more than a day ago by the calendar: new", age: 86_401,
      isSameBoot: false, verdict: .new),
    Case(testDescription: "done, clock set back since: replay", age: -1000, verdict: .replay),
    Case(testDescription: "done, other body: conflict", fingerprint: 2, verdict: .otherBody),
    Case(testDescription: "done, other team: refused", team: "sales", verdict: .otherTeam),
    Case(
      testDescription: "other team and other body: only that it is another team's", team: "sales", fingerprint: 2,
      verdict: .otherTeam),
    Case(testDescription: "in flight: wait", state: .sending, isInFlight: true, verdict: .wait),
    Case(
      testDescription: "in flight for an hour: wait", state: .sending, isInFlight: true, age: 3600, ageSinceBoot: 3600,
      verdict: .wait),
    Case(
      testDescription: "in flight, other body: conflict", state: .sending, isInFlight: true, fingerprint: 2,
      verdict: .otherBody),
    Case(
      testDescription: "in flight, other team: refused", state: .sending, isInFlight: true, team: "sales",
      verdict: .otherTeam),
    Case(
      testDescription: "unknown within the window: resume", state: .unknown, age: 45, ageSinceBoot: 45, verdict: .resume
    ),
    Case(
      testDescription: "unknown after the window: undecided", state: .unknown, age: 46, ageSinceBoot: 46,
      verdict: .undecided),
    Case(
      testDescription: "unknown for years: undecided", state: .unknown, age: 100_000_000, isSameBoot: false,
      verdict: .undecided),
    Case(
      testDescription: "unknown, clock set back into the window: undecided", state: .unknown, age: 20, ageSinceBoot: 80,
      verdict: .undecided),
    Case(
      testDescription: "unknown, clock set back before the send: undecided", state: .unknown, age: -1, ageSinceBoot: 5,
      verdict: .undecided),
    Case(
      testDescription: "unknown, clock set forward: undecided", state: .unknown, age: 3600, ageSinceBoot: 5,
      verdict: .undecided),
    Case(
      testDescription: "unknown, machine restarted, within the window: resume", state: .unknown, age: 20,
      ageSinceBoot: -50_000, isSameBoot: false, verdict: .resume),
    Case(
      testDescription: "unknown, machine restarted and clock set back: undecided", state: .unknown, age: -20,
      isSameBoot: false, verdict: .undecided),
    Case(testDescription: "unknown, other body: conflict", state: .unknown, fingerprint: 2, verdict: .otherBody),
    Case(testDescription: "left sending by a process that died: as unknown", state: .sending, verdict: .resume),
  ]

  @Test("the first rule that holds decides", arguments: table)
  func judge(_ row: Case) {
    let sent = DualClockInstant(wall: WallTime(microseconds: 1_000_000_000_000), boot: 1, sinceBoot: 60_000_000_000)
    let now = DualClockInstant(
      wall: WallTime(microseconds: sent.wall.microseconds + row.age * 1_000_000), boot: row.isSameBoot ? 1 : 2,
      sinceBoot: sent.sinceBoot + row.ageSinceBoot * 1_000_000)
    let command = row.state.map {
      StoredCommand(
        id: 1, commandID: "command", team: "support", caller: "dialer", fingerprint: [1], isKeyless: false, state: $0,
        firstSent: sent, settled: $0 == .done ? sent.wall : nil)
    }
    let verdict = AdmissionJudge.judge(
      command, isInFlight: row.isInFlight, askedBy: row.team, fingerprint: [row.fingerprint], at: now,
      keep: .seconds(86_400))
    #expect(verdict == row.verdict)
  }
}
