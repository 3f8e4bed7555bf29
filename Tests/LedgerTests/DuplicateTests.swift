import Audit
import Conference
import EventLoop
import Gateway
import JSON
import Ledger
import LedgerSQLite
import Testing

@Suite("A duplicate", .everyStore)
struct DuplicateTests {
  private let scene: Scene
  private let ledger: StoredLedger
  private let mailbox = Mailbox()

  init() throws {
    scene = try Scene()
    ledger = try scene.open()
  }

  @Test(
    "waits for the first one's outcome, and gets the same reply with a record of its own",
    arguments: [Settlement.Outcome.done(conferenceID: "conference"), .unknown, .free])
  func waits(_ outcome: Settlement.Outcome) throws {
    _ = try ledger.ask(admission())
    let waiting = (1...3).map { ledger.post(admission(requestID: "waiter-\($0)"), mailbox) }
    try ledger.waitForTurn()
    #expect(!waiting.contains(where: mailbox.hasAnswer))
    _ = try ledger.ask(settlement("command", outcome))
    for exchange in waiting { #expect(try mailbox.answer(exchange).reply == reply) }
    let records = try scene.records()
    #expect(records.map { $0["decision"]?.string } == ["forwarded", "replayed", "replayed", "replayed"])
    #expect(
      records.map { $0["request_id"]?.string } == ["request", "waiter-1", "waiter-2", "waiter-3"])
    #expect(records.allSatisfy { $0["command_id"]?.string == "command" })
  }

  @Test("that leaves gets 409, and nothing more when the outcome comes")
  func leaves() throws {
    _ = try ledger.ask(admission())
    let leaver = ledger.post(admission(requestID: "leaver"), mailbox)
    let stayer = ledger.post(admission(requestID: "stayer"), mailbox)
    ledger.submit(.leave, for: leaver, to: mailbox)
    let refusal = try #require(try mailbox.answer(leaver).refusal)
    #expect(refusal.kind == .inFlight && refusal.status == 409)
    #expect(refusal.faults.map(\.code) == [.beingProcessed])
    #expect(refusal.operation == "/operations/command")
    _ = try ledger.ask(settlement())
    #expect(try mailbox.answer(stayer).reply == reply)
    #expect(mailbox.order == [leaver.number, stayer.number])
    #expect(try scene.decisions() == ["conflict", "forwarded", "replayed"])
  }

  @Test("that leaves too late has its answer already, and only that")
  func leavesTooLate() throws {
    _ = try ledger.ask(admission())
    let leaver = ledger.post(admission(), mailbox)
    _ = try ledger.ask(settlement())
    ledger.submit(.leave, for: leaver, to: mailbox)
    try ledger.waitForTurn()
    #expect(mailbox.order == [leaver.number])
    #expect(try mailbox.answer(leaver).reply == reply)
  }

  @Test("of an unknown outcome is sent again within 45 seconds: the same bytes, no charge")
  func resumes() throws {
    let limit = LimitCharge(
      rule: LimitRule(name: "one", per: .team, allow: 1, every: .seconds(3600), burst: 1), key: "one")
    let sent = scene.clock.wall
    _ = try ledger.ask(admission(body: "the first bytes", limits: [limit]))
    _ = try ledger.ask(settlement("command", .unknown))
    scene.clock.advance(.seconds(45))
    let answer = try ledger.ask(admission(body: "other bytes, same fingerprint", limits: [limit]))
    guard case .resume(let command, let left) = answer else {
      Issue.record("not resumed: \(answer)")
      return
    }
    #expect(
      command
        == UnknownCommand(
          commandID: "command", body: Array("the first bytes".utf8), firstSent: sent, age: .seconds(45),
          mayStillArrive: true, others: [], token: .first))
    #expect(left == .zero)
    #expect(try ledger.ask(.inspect(commandID: "command", team: "support")).operation?.state == .inFlight)
    _ = try ledger.ask(settlement())
    #expect(try ledger.ask(admission()).reply == reply)
  }

  @Test("of an unknown outcome is not sent again later, nor when the clock is set back")
  func undecided() throws {
    _ = try ledger.ask(admission())
    _ = try ledger.ask(settlement("command", .unknown))
    scene.clock.advance(.seconds(46))
    #expect(try ledger.ask(admission()).handedOut?.commandID == "command")
    let refusal = try #require(try ledger.ask(unclear()).refusal)
    #expect(refusal.kind == .undecided && refusal.status == 409 && refusal.operation == "/operations/command")
    scene.clock.set(by: .seconds(-20))
    #expect(try ledger.ask(admission()).handedOut != nil, "26 s by the calendar, 46 by the machine")
    _ = try ledger.ask(unclear())
    scene.clock.set(by: .seconds(-3600))
    #expect(try ledger.ask(admission()).handedOut != nil)
    _ = try ledger.ask(unclear())
    #expect(try ledger.ask(.inspect(commandID: "command", team: "support")).operation?.state == .unknown)
  }

  @Test("of an unknown outcome is not sent while there is an unavailability")
  func unavailability() throws {
    _ = try ledger.ask(admission())
    _ = try ledger.ask(settlement("command", .unknown))
    let unavailability = Refusal.unavailable(.draining, "stopping")
    #expect(try ledger.ask(admission(unavailability: unavailability)).refusal == unavailability)
    #expect(try ledger.ask(admission()).resumed != nil)
  }
}

@Suite("An SDK's retry with no key", .everyStore)
struct KeylessTests {
  private let scene: Scene
  private let ledger: StoredLedger
  private let mailbox = Mailbox()

  init() throws {
    scene = try Scene()
    ledger = try scene.open()
  }

  private func first(_ id: String = "first") -> LedgerRequest { admission(id, keyless: true) }
  private func retry(_ id: String = "retry", caller: String = "dialer", fingerprint: UInt8 = 1) -> LedgerRequest {
    admission(id, caller: caller, fingerprint: fingerprint, keyless: true, retryCount: 1)
  }

  @Test("joins the command that it repeats, and is told its id")
  func joinsDone() throws {
    _ = try ledger.ask(first())
    _ = try ledger.ask(settlement("first"))
    let answer = try ledger.ask(retry())
    #expect(answer.reply == reply && answer.joined == "first")
    #expect(try scene.records().last?["command_id"]?.string == "first")
  }

  @Test("waits where that is in flight, and can leave")
  func joinsInFlight() throws {
    _ = try ledger.ask(first())
    let waiter = ledger.post(retry("one"), mailbox)
    let leaver = ledger.post(retry("two"), mailbox)
    ledger.submit(.leave, for: leaver, to: mailbox)
    #expect(try mailbox.answer(leaver).refusal?.operation == "/operations/first")
    _ = try ledger.ask(settlement("first"))
    #expect(try mailbox.answer(waiter).joined == "first")
  }

  @Test("resumes it where its outcome is unknown")
  func resumes() throws {
    _ = try ledger.ask(first())
    _ = try ledger.ask(settlement("first", .unknown))
    #expect(try ledger.ask(retry()).joined == "first")
    _ = try ledger.ask(settlement("first"))
    #expect(try ledger.ask(.inspect(commandID: "first", team: "support")).operation?.state == .done)
  }

  @Test("joins the newest of several")
  func newest() throws {
    for id in ["first", "second"] {
      _ = try ledger.ask(first(id))
      _ = try ledger.ask(settlement(id))
    }
    #expect(try ledger.ask(retry()).joined == "second")
  }

  @Test("joins also after a restart")
  func afterRestart() throws {
    _ = try ledger.ask(first())
    _ = try ledger.ask(settlement("first"))
    ledger.close()
    #expect(try scene.open().ask(retry()).joined == "first")
  }

  @Test("is a new command 45 seconds later, for another caller, with another body, or once the first was freed")
  func joinsNothing() throws {
    _ = try ledger.ask(first())
    _ = try ledger.ask(settlement("first"))
    #expect(try ledger.ask(retry("a", caller: "other")).isAdmitted)
    #expect(try ledger.ask(retry("b", fingerprint: 2)).isAdmitted)
    #expect(try ledger.ask(admission("c", keyless: true)).isAdmitted, "not a retry")
    _ = try ledger.ask(settlement("c", .free, reply: StoredReply(status: 503, fields: [:], body: [])))
    #expect(try ledger.ask(retry("d")).isAdmitted, "one was freed")
    _ = try ledger.ask(settlement("d"))
    scene.clock.advance(.seconds(46))
    #expect(try ledger.ask(retry("e")).isAdmitted)
  }

  @Test("does not join a command whose caller gave a key")
  func keyed() throws {
    _ = try ledger.ask(admission("first"))
    _ = try ledger.ask(settlement("first"))
    #expect(try ledger.ask(retry()).isAdmitted)
  }
}
