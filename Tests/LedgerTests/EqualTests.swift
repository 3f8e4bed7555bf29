import Conference
import Gateway
import Ledger
import Testing

/// `keyless: {join: 60s}`: whoever hears of a webhook twice creates twice, by a body that is the same and has no key.
@Suite("A create without a key that equals another one's within the time", .everyStore)
struct EqualTests {
  private let scene: Scene
  private let ledger: StoredLedger
  private let mailbox = Mailbox()

  init() throws {
    scene = try Scene()
    ledger = try scene.open(options: { $0.longestKeylessJoin = .seconds(60) })
  }

  private func equal(
    _ id: String, caller: String = "dialer", fingerprint: UInt8 = 1, forbidden: Refusal? = nil,
    unavailability: Refusal? = nil, within time: Duration? = .seconds(60)
  ) -> LedgerRequest {
    admission(
      id, caller: caller, fingerprint: fingerprint, unavailability: unavailability, forbidden: forbidden, keyless: true,
      joinWithin: time)
  }

  @Test("waits while that is being sent, and gets its answer, as all later ones do")
  func joined() throws {
    #expect(try ledger.ask(equal("first")).isAdmitted)
    let waiting = ledger.post(equal("second"), mailbox)
    try ledger.waitForTurn()
    #expect(!mailbox.hasAnswer(waiting))
    _ = try ledger.ask(settlement("first"))
    #expect(try mailbox.answer(waiting).joined == "first")
    scene.clock.advance(.seconds(59))
    #expect(try ledger.ask(equal("third")).joined == "first")
    #expect(try scene.commandIDs() == ["first"])
  }

  @Test("is one of its own later than that, and so is what equals it then")
  func later() throws {
    _ = try ledger.ask(equal("first"))
    _ = try ledger.ask(settlement("first"))
    scene.clock.advance(.seconds(61))
    #expect(try ledger.ask(equal("second")).isAdmitted)
    _ = try ledger.ask(settlement("second"))
    scene.clock.advance(.seconds(30))
    #expect(try ledger.ask(equal("third")).joined == "second")
  }

  @Test("is one of its own where body or caller differ, or nobody asked for this")
  func unequal() throws {
    _ = try ledger.ask(equal("first"))
    _ = try ledger.ask(settlement("first"))
    #expect(try ledger.ask(equal("other body", fingerprint: 2)).isAdmitted)
    #expect(try ledger.ask(equal("other caller", caller: "pbx")).isAdmitted)
    #expect(try ledger.ask(equal("not asked for", within: nil)).isAdmitted)
  }

  @Test("is sent where that was not executed")
  func free() throws {
    _ = try ledger.ask(equal("first"))
    _ = try ledger.ask(settlement("first", .free))
    #expect(try ledger.ask(equal("second")).isAdmitted)
  }

  @Test("sends that again while its outcome is unknown and it may be sent, and has it looked up when it may not")
  func unknown() throws {
    _ = try ledger.ask(equal("first"))
    _ = try ledger.ask(settlement("first", .unknown))
    scene.clock.advance(.seconds(20))
    let resumed = try ledger.ask(equal("second"))
    #expect(resumed.joined == "first" && resumed.resumed != nil)
    _ = try ledger.ask(settlement("first", .unknown))
    scene.clock.advance(.seconds(30))
    #expect(try ledger.ask(equal("third")).handedOut?.commandID == "first")
  }

  @Test("is that, though policy or an unavailability would refuse a new one by now")
  func refused() throws {
    _ = try ledger.ask(equal("first"))
    _ = try ledger.ask(settlement("first"))
    let refusal = Refusal.unavailable(.upstreamDown, "down")
    #expect(try ledger.ask(equal("second", unavailability: refusal)).joined == "first")
    #expect(try ledger.ask(equal("third", forbidden: refusal)).joined == "first")
    #expect(try ledger.ask(equal("other", fingerprint: 2, forbidden: refusal)).refusal == refusal)
  }

  @Test("is that after a restart, too")
  func restart() throws {
    _ = try ledger.ask(equal("first"))
    _ = try ledger.ask(settlement("first"))
    ledger.close()
    scene.clock.advance(.seconds(50))
    let next = try scene.open(options: { $0.longestKeylessJoin = .seconds(60) })
    #expect(try next.ask(equal("second")).joined == "first")
  }

  @Test("is that when both come in one batch")
  func together() throws {
    let exchanges = (0..<50).map { ledger.post(equal("\($0)"), mailbox) }
    #expect(try mailbox.answer(exchanges[0]).isAdmitted)
    _ = try ledger.ask(settlement("0"))
    for exchange in exchanges.dropFirst() { #expect(try mailbox.answer(exchange).joined == "0") }
  }
}
