import Audit
import Conference
import EventLoop
import Gateway
import JSON
import Ledger
import LedgerSQLite
import Testing

@Suite("A command of unknown outcome", .everyStore)
struct ReconcileTests {
  private let scene: Scene
  private let ledger: StoredLedger
  private let mailbox = Mailbox()

  init() throws {
    scene = try Scene()
    ledger = try scene.open()
    _ = try ledger.ask(admission())
    _ = try ledger.ask(settlement("command", .unknown))
    scene.clock.advance(.seconds(60))
  }

  @Test("is handed out once to be looked up; repeats wait for what is found")
  func found() throws {
    let sent = try #require(try ledger.ask(admission()).handedOut)
    #expect(sent.commandID == "command")
    let waiting = ledger.post(admission(requestID: "waiter"), mailbox)
    try ledger.waitForTurn()
    #expect(!mailbox.hasAnswer(waiting))
    #expect(try ledger.ask(resolution(.found(conferenceID: "conference", reply: reply))).reply == reply)
    #expect(try mailbox.answer(waiting).reply == reply)
    #expect(try ledger.ask(admission()).reply == reply, "and for good")
    #expect(try ledger.ask(.inspect(commandID: "command", team: "support")).operation?.state == .done)
    let records = try scene.records()
    #expect(
      records.map { $0["decision"]?.string } == ["forwarded", "recovered", "replayed", "replayed", "replayed"])
    #expect(records[1]["rule"]?.string == "reconcile.found" && records[1]["command_id"]?.string == "command")
  }

  @Test("that is not there is forgotten: whoever asked may ask anew")
  func absent() throws {
    _ = try ledger.ask(admission())
    let waiting = ledger.post(admission(requestID: "waiter"), mailbox)
    #expect(try ledger.ask(resolution(.absent)).isAbsent)
    #expect(try mailbox.answer(waiting).isAbsent)
    #expect(try ledger.ask(.inspect(commandID: "command", team: "support")).operation == nil)
    guard case .admitted = try ledger.ask(admission(fingerprint: 9, requestID: "anew")) else {
      Issue.record("it is a new command now")
      return
    }
    #expect(try scene.decisions() == ["forwarded", "recovered"])
  }

  @Test("of which nobody can tell stays unknown, is refused with 409, and is looked up again for the next repeat")
  func unclear() throws {
    _ = try ledger.ask(admission())
    let waiting = ledger.post(admission(requestID: "waiter"), mailbox)
    #expect(try ledger.ask(resolution(.unclear)).refusal?.kind == .undecided)
    #expect(try mailbox.answer(waiting).refusal?.kind == .undecided)
    #expect(try ledger.ask(.inspect(commandID: "command", team: "support")).operation?.state == .unknown)
    #expect(try ledger.ask(admission()).handedOut != nil)
    #expect(try scene.decisions() == ["forwarded", "conflict", "conflict"])
  }

  @Test(
    "is handed out with a word on whether a send of it may still be on its way: within Telnyx's minute",
    arguments: [
      (46, true), (60, true), (61, false),
    ])
  func mayStillArrive(age: Int64, mayStillArrive: Bool) throws {
    _ = try ledger.ask(admission("other"))
    _ = try ledger.ask(settlement("other", .unknown))
    scene.clock.advance(.seconds(age))
    scene.clock.set(by: .seconds(-30))
    #expect(try ledger.ask(admission("other")).handedOut?.mayStillArrive == mayStillArrive)
  }

  @Test("is handed out in the background when nobody repeats it, one at a time, and not soon again")
  func background() throws {
    let sent = try #require(try ledger.ask(.nextUnknown).handedOut)
    #expect(sent.commandID == "command")
    #expect(try ledger.ask(.nextUnknown).isNothing, "it is being looked up")
    _ = try ledger.ask(resolution(.unclear, requestID: nil))
    #expect(try ledger.ask(.nextUnknown).isNothing, "it was looked up in vain a moment ago")
    #expect(try scene.decisions() == ["forwarded"], "nothing was decided, nobody asked")
  }

  @Test("is left alone in the background while a repeat would send it again")
  func young() throws {
    _ = try ledger.ask(admission("young"))
    _ = try ledger.ask(settlement("young", .unknown))
    _ = try ledger.ask(.nextUnknown)
    #expect(try ledger.ask(.nextUnknown).isNothing)
  }

  @Test("that is being looked up when the process dies is unknown at the next start")
  func death() throws {
    _ = try ledger.ask(.nextUnknown)
    ledger.close()
    let next = try scene.open()
    #expect(try next.ask(.inspect(commandID: "command", team: "support")).operation?.state == .unknown)
    #expect(try next.ask(.nextUnknown).handedOut?.commandID == "command")
  }
}

extension LedgerAnswer {
  fileprivate var isNothing: Bool { if case .nothingUnknown = self { true } else { false } }
}
