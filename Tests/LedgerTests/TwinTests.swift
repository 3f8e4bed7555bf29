import Audit
import Conference
import EventLoop
import Gateway
import Ledger
import LedgerSQLite
import Testing

/// Commands of one caller with equal bodies and without a key, and an SDK's retries of them. Nobody can tell which of them a
/// retry repeats; so each retry must get an answer, and no more may be created than were asked for.
@Suite("Of equal commands without a key", .everyStore)
struct TwinTests {
  private let scene: Scene
  private let ledger: StoredLedger
  private let mailbox = Mailbox()

  init() throws {
    scene = try Scene()
    ledger = try scene.open()
  }

  private func first(_ id: String, limits: [LimitCharge] = [], unavailability: Refusal? = nil) -> LedgerRequest {
    admission(id, limits: limits, unavailability: unavailability, keyless: true)
  }

  private func retry(_ id: String = "retry", _ count: Int = 1, limits: [LimitCharge] = []) -> LedgerRequest {
    admission(id, limits: limits, keyless: true, retryCount: count)
  }

  private func make(_ id: String, _ outcome: Settlement.Outcome) throws {
    _ = try ledger.ask(first(id))
    _ = try ledger.ask(settlement(id, outcome))
  }

  private static let done = Settlement.Outcome.done(conferenceID: "conference")
  private static let unavailable = StoredReply(status: 503, fields: [:], body: [])

  @Test("the one of unknown outcome is joined, not the newer one that is done")
  func unknown() throws {
    try make("lost", .unknown)
    try make("done", Self.done)
    #expect(try ledger.ask(retry()).joined == "lost")
  }

  @Test("the one of unknown outcome is joined, not the older one that is done")
  func olderDone() throws {
    try make("done", Self.done)
    try make("lost", .unknown)
    #expect(try ledger.ask(retry()).joined == "lost")
  }

  @Test("the one that is in flight is joined, not the newer one that is done")
  func inFlight() throws {
    _ = try ledger.ask(first("in flight"))
    try make("done", Self.done)
    let waiting = ledger.post(retry(), mailbox)
    try ledger.waitForTurn()
    #expect(!mailbox.hasAnswer(waiting))
    _ = try ledger.ask(settlement("in flight"))
    #expect(try mailbox.answer(waiting).joined == "in flight")
  }

  @Test("the one of unknown outcome is joined also after a restart, and after a crash the one that was in flight")
  func restart() throws {
    try make("lost", .unknown)
    _ = try ledger.ask(first("in flight"))
    try make("done", Self.done)
    ledger.close()
    let next = try scene.open()
    #expect(try next.ask(retry("one")).joined == "lost")
    #expect(try next.ask(retry("two")).joined == "in flight")
  }

  @Test("each of several is joined by one retry, the oldest first; a second retry of each finds its own again")
  func several() throws {
    for id in ["a", "b", "c"] { try make(id, .unknown) }
    try make("done", Self.done)
    for count in 1...2 {
      for id in ["a", "b", "c"] {
        #expect(try ledger.ask(retry("\(id)\(count)", count)).joined == id)
        if count == 1 { _ = try ledger.ask(settlement(id, .unknown)) }
      }
    }
  }

  @Test("one whose caller was told that nobody knows is joined before one that is still being sent")
  func told() throws {
    _ = try ledger.ask(first("in flight"))
    try make("lost", .unknown)
    #expect(try ledger.ask(retry("one")).joined == "lost")
    let waiting = ledger.post(retry("two"), mailbox)
    _ = try ledger.ask(settlement("in flight"))
    #expect(try mailbox.answer(waiting).joined == "in flight")
  }

  @Test("that are all done each retry gets another one's answer, the newest first")
  func allDone() throws {
    for id in ["a", "b", "c"] { try make(id, Self.done) }
    for id in ["c", "b", "a"] { #expect(try ledger.ask(retry("of \(id)")).joined == id) }
    #expect(try ledger.ask(retry("second", 2)).joined == "c")
    #expect(try ledger.ask(retry("unheard of", 1)).reply == reply, "more retries than there were commands")
  }

  @Test("one that was not executed has its retry sent, though another one is done")
  func freed() throws {
    _ = try ledger.ask(first("not sent"))
    try make("done", Self.done)
    _ = try ledger.ask(settlement("not sent", .free, reply: Self.unavailable))
    #expect(try ledger.ask(retry("again")).isAdmitted)
    _ = try ledger.ask(settlement("again"))
    #expect(try ledger.ask(retry("other")).joined == "done", "there was one such command")
    #expect(try ledger.ask(retry("again twice", 2)).joined == "again")
  }

  @Test("one that was refused for a limit or an unavailability has its retry sent, though another one is done")
  func refused() throws {
    let limit = LimitCharge(
      rule: LimitRule(name: "one", per: .team, allow: 1, every: .seconds(10), burst: 1), key: "one")
    _ = try ledger.ask(first("done", limits: [limit]))
    _ = try ledger.ask(settlement("done"))
    #expect(try ledger.ask(first("limited", limits: [limit])).refusal?.kind == .limited)
    let unavailability = Refusal.unavailable(.upstreamDown, "down")
    #expect(try ledger.ask(first("refused", unavailability: unavailability)).refusal == unavailability)
    #expect(try ledger.ask(retry("still limited", limits: [limit])).refusal?.kind == .limited)
    #expect(try ledger.ask(retry("refused")).isAdmitted)
    _ = try ledger.ask(settlement("refused"))
    // A database counts limits by its own clock.
    guard scene.postgres == nil else { return }
    scene.clock.advance(.seconds(10))
    #expect(try ledger.ask(retry("limited", 2, limits: [limit])).isAdmitted)
    _ = try ledger.ask(settlement("limited"))
    #expect(try ledger.ask(retry()).joined == "done")
  }

  @Test("one of unknown outcome is joined before one that was refused is sent: nothing may be created twice")
  func unknownBeforeRefused() throws {
    try make("lost", .unknown)
    let unavailability = Refusal.unavailable(.upstreamDown, "down")
    #expect(try ledger.ask(first("refused", unavailability: unavailability)).refusal == unavailability)
    #expect(try ledger.ask(retry("one")).joined == "lost")
  }

  @Test("none is lost among thousands")
  func thousands() throws {
    try make("lost", .unknown)
    for number in 1...2000 {
      _ = ledger.post(first("\(number)"), mailbox)
      _ = ledger.post(settlement("\(number)"), mailbox)
    }
    try mailbox.waitForAnswers(4000)
    #expect(try ledger.ask(retry()).joined == "lost")
  }
}
