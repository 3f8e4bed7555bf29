import Audit
import Conference
import EventLoop
import GRDB
import Gateway
import Ledger
import LedgerSQLite
import Testing

@Suite("A command's admission", .everyStore)
struct AdmissionTests {
  private let scene: Scene
  private let ledger: StoredLedger

  init() throws {
    scene = try Scene()
    ledger = try scene.open()
  }

  @Test("a new command is admitted")
  func admitted() throws {
    #expect(try ledger.ask(admission()).isAdmitted)
  }

  @Test("the intent is on the disk, with the bytes to send, before anyone hears of it")
  func durable() throws {
    guard scene.hasFile else { return }
    for number in 1...50 {
      #expect(try ledger.ask(admission("command-\(number)", body: #"{"n":\#(number)}"#)).isAdmitted)
      let row = try scene.read {
        try Row.fetchOne(
          $0, sql: "SELECT state, CAST(body AS TEXT) AS body FROM commands WHERE command_id = 'command-\(number)'")
      }
      #expect(row?["state"] == 1)
      #expect(row?["body"] == #"{"n":\#(number)}"#)
    }
  }

  @Test("a finished command is replayed byte for byte, also after a restart")
  func replayed() throws {
    _ = try ledger.ask(admission())
    #expect(try ledger.ask(settlement()).isSettled)
    let answer = try ledger.ask(admission())
    #expect(answer.reply == reply)
    #expect(answer.joined == "command")
    ledger.close()
    #expect(try scene.open().ask(admission()).reply == reply)
    #expect(try scene.decisions() == ["forwarded", "replayed", "replayed"])
  }

  @Test("what policy forbids by now is replayed, waited for or sent again if it was allowed once, and else refused")
  func forbidden() throws {
    let no = Refusal.policy([Fault(.forbidden, "no")])
    #expect(try ledger.ask(admission("new", forbidden: no)).refusal == no)
    _ = try ledger.ask(admission("done"))
    let mailbox = Mailbox()
    _ = ledger.post(admission("done", forbidden: no), mailbox)
    _ = try ledger.ask(settlement("done"))
    try mailbox.waitForAnswers(1)
    #expect(try ledger.ask(admission("done", forbidden: no)).reply == reply)
    #expect(try ledger.ask(admission("done", fingerprint: 2, forbidden: no)).refusal == no)
    #expect(try ledger.ask(admission("done", team: "other", forbidden: no)).refusal == no)
    _ = try ledger.ask(admission("unknown"))
    _ = try ledger.ask(settlement("unknown", .unknown))
    guard case .resume = try ledger.ask(admission("unknown", forbidden: no)) else {
      Issue.record("it may be sent again")
      return
    }
    _ = try ledger.ask(settlement("unknown"))
    #expect(
      try scene.decisions() == [
        "refused", "forwarded", "replayed", "replayed", "refused", "refused", "forwarded", "forwarded",
      ])
  }

  @Test("another body under the same id is a conflict, whatever became of the first")
  func otherBody() throws {
    _ = try ledger.ask(admission())
    for outcome in [nil, Settlement.Outcome.unknown, .done(conferenceID: "c")] {
      if let outcome {
        if outcome == .done(conferenceID: "c") { _ = try ledger.ask(admission()) }
        _ = try ledger.ask(settlement("command", outcome))
      }
      let refusal = try #require(try ledger.ask(admission(fingerprint: 2)).refusal)
      #expect(refusal.kind == .otherBody && refusal.status == 422)
      #expect(refusal.faults.map(\.code) == [.unprocessable])
    }
    #expect(try scene.decisions().filter { $0 == "conflict" }.count == 3)
  }

  @Test("another team's use of an id is refused and learns nothing")
  func otherTeam() throws {
    _ = try ledger.ask(admission())
    _ = try ledger.ask(settlement())
    let refusal = try #require(try ledger.ask(admission(team: "sales")).refusal)
    #expect(refusal.kind == .otherBody && refusal.status == 422)
    #expect(!"\(refusal)".contains("support"))
    #expect(try ledger.ask(.inspect(commandID: "command", team: "sales")).operation == nil)
    #expect(try ledger.ask(.inspect(commandID: "command", team: "support")).operation?.reply == reply)
  }

  @Test("a command that was not executed is forgotten, and its repeat is a new try")
  func freed() throws {
    _ = try ledger.ask(admission())
    _ = try ledger.ask(settlement("command", .free))
    #expect(try scene.count("commands") == 0)
    #expect(try ledger.ask(admission(fingerprint: 2)).isAdmitted)
  }

  @Test("a finished command is forgotten after the time that it is kept")
  func expired() throws {
    _ = try ledger.ask(admission())
    _ = try ledger.ask(settlement())
    scene.clock.advance(.seconds(24 * 3600))
    #expect(try ledger.ask(admission()).reply == reply)
    scene.clock.advance(.seconds(1))
    #expect(try ledger.ask(admission(team: "sales", fingerprint: 2)).isAdmitted)
    #expect(try scene.count("commands") == 1)
  }

  @Test("an unavailability refuses what is new, and neither replays nor the budget notice")
  func unavailability() throws {
    let limit = LimitCharge(
      rule: LimitRule(name: "one", per: .team, allow: 1, every: .seconds(3600), burst: 1), key: "team/support/one")
    _ = try ledger.ask(admission())
    _ = try ledger.ask(settlement())
    let unavailability = Refusal.unavailable(.upstreamDown, "Telnyx is down", retryAfter: 7)
    #expect(try ledger.ask(admission(unavailability: unavailability)).reply == reply)
    #expect(try ledger.ask(admission("new", limits: [limit], unavailability: unavailability)).refusal == unavailability)
    #expect(try ledger.ask(admission("new", limits: [limit])).isAdmitted)
    #expect(try ledger.ask(admission("newer", limits: [limit])).refusal?.kind == .limited)
  }

  @Test("two ids that differ only in Unicode's normal form are two commands")
  func normalForms() throws {
    #expect(try ledger.ask(admission("caf\u{e9}")).isAdmitted)
    #expect(try ledger.ask(admission("cafe\u{301}")).isAdmitted)
  }
}
