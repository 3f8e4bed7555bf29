import Gateway
import Ledger
import LedgerPostgres
import Testing

/// An SDK tries a command without a key again, and meets another replica.
@Suite("An SDK's retry without a key, at another replica")
struct SharedRetryTests: ReplicaTests {
  let scene: PostgresScene
  private let first: StoredLedger
  private let second: StoredLedger
  private let mailbox = Mailbox()

  init() throws {
    scene = try PostgresScene()
    first = try Self.open("one", scene)
    second = try Self.open("two", scene)
  }

  private static func open(_ replica: String, _ scene: PostgresScene) throws -> StoredLedger {
    var options = LedgerOptions()
    options.organization = "example"
    return try StoredLedger(
      in: scene.storage(replica: replica, usesServerClock: true), settings: LedgerSettings(), sinks: AuditSettings(),
      options: options, logger: quiet, onFatal: { _ in })
  }

  private func retry(_ id: String = "retry", caller: String = "dialer", fingerprint: UInt8 = 1) -> LedgerRequest {
    admission(id, caller: caller, fingerprint: fingerprint, keyless: true, retryCount: 1)
  }

  @Test("gets the answer of the command that it repeats")
  func done() throws {
    _ = try first.ask(admission("sent", keyless: true))
    _ = try first.ask(settlement("sent"))
    let answer = try second.ask(retry())
    #expect(answer.joined == "sent" && answer.reply == reply)
    #expect(try second.ask(retry("again")).joined == "sent")
  }

  @Test("waits for one that is still being sent")
  func inFlight() throws {
    _ = try first.ask(admission("sent", keyless: true))
    let waiting = second.post(retry(), mailbox)
    try second.waitForTurn()
    #expect(!mailbox.hasAnswer(waiting))
    _ = try first.ask(settlement("sent"))
    #expect(try mailbox.answer(waiting).joined == "sent")
  }

  @Test("sends one of unknown outcome again, before another that is done, and learns what became of it since")
  func unknown() throws {
    for (id, outcome) in [("lost", Settlement.Outcome.unknown), ("done", .done(conferenceID: "conference"))] {
      _ = try first.ask(admission(id, keyless: true))
      _ = try first.ask(settlement(id, outcome))
    }
    #expect(try second.ask(retry()).resumed != nil)
    _ = try second.ask(settlement("lost", .unknown))
    #expect(try first.ask(retry("at the first")).joined == "lost")
    _ = try first.ask(settlement("lost"))
    #expect(try second.ask(retry("again")).joined == "done", "the newest")
  }

  @Test(
    "is a new command where none is equal: another body's, another caller's, one with a key, one that was not executed")
  func unequal() throws {
    _ = try first.ask(admission("sent", keyless: true))
    _ = try first.ask(settlement("sent"))
    _ = try first.ask(admission("named", fingerprint: 2))
    _ = try first.ask(admission("refused", fingerprint: 3, keyless: true))
    _ = try first.ask(settlement("refused", .free))
    #expect(try second.ask(retry("a", caller: "other")).isAdmitted)
    for fingerprint in 2...4 as ClosedRange<UInt8> {
      #expect(try second.ask(retry("of \(fingerprint)", fingerprint: fingerprint)).isAdmitted)
    }
  }
}
