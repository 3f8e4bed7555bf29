import Audit
import Conference
import EventLoop
import GRDB
import Gateway
import JSON
import Ledger
import LedgerSQLite
import TestKit
import Testing

/// To forget a command of unknown outcome is to allow a second create.
@Suite("A command of unknown outcome", .everyStore)
struct UnknownPruningTests {
  private let scene: Scene
  private let mailbox = Mailbox()

  init() throws { scene = try Scene() }

  private func open() throws -> StoredLedger {
    try scene.open(settings: { ($0.keepCommands, $0.keepAudit) = (.seconds(600), .seconds(600)) })
  }

  private func makeUnknown(_ id: String, _ ledger: StoredLedger) throws {
    _ = try ledger.ask(admission(id))
    _ = try ledger.ask(settlement(id, .unknown))
  }

  private func makeDone(_ id: String, _ ledger: StoredLedger, conference: String) throws {
    _ = try ledger.ask(admission(id))
    _ = try ledger.ask(settlement(id, .done(conferenceID: conference)))
  }

  /// Opens the ledger anew, which begins a pass, and waits until it is through: then a finished command that is certainly
  /// old is gone.
  private func prune() throws -> StoredLedger {
    scene.clock.advance(.seconds(-1000 * 86_400))
    let old = try open()
    try makeDone("certainly old", old, conference: "old")
    old.close()
    scene.clock.advance(.seconds(1000 * 86_400))
    let ledger = try open()
    while try has("certainly old") { try ledger.waitForTurn() }
    return ledger
  }

  private func has(_ id: String) throws -> Bool { try scene.commandIDs().contains(id) }

  @Test("is remembered for thirty days, however short records and finished commands are kept")
  func long() throws {
    let ledger = try open()
    try makeUnknown("unknown", ledger)
    ledger.close()
    scene.clock.advance(.seconds(30 * 86_400))
    let next = try prune()
    #expect(try next.ask(admission("unknown")).handedOut != nil)
  }

  @Test("is remembered for as long as either clock says that it is young")
  func clocks() throws {
    let ledger = try open()
    try makeUnknown("unknown", ledger)
    ledger.close()
    scene.clock.advance(.seconds(700))
    scene.clock.set(by: .seconds(400 * 86_400))
    try prune().close()
    #expect(try has("unknown"), "somebody set the clock forward")
    scene.clock.set(by: .seconds(-420 * 86_400))
    scene.clock.advance(.seconds(31 * 86_400))
    try prune().close()
    #expect(try has("unknown"), "somebody set it back: eleven days by the calendar")
    scene.clock.advance(.seconds(20 * 86_400))
    try prune().close()
    #expect(try !has("unknown"))
  }

  @Test("is forgotten at last, which is put on the record; its repeat is a new command")
  func forgotten() throws {
    let count = 50
    let ledger = try open()
    for number in 1...count { try makeUnknown("unknown-\(number)", ledger) }
    ledger.close()
    scene.clock.advance(.seconds(30 * 86_400 + 1))
    let lines = LogLines()
    let next = try scene.open(logger: lines.logger)
    while try scene.count("commands") > 0 { try next.waitForTurn() }
    #expect(try next.ask(admission("unknown-1", fingerprint: 2)).isAdmitted)
    next.close()
    let records = try scene.records().filter { $0["rule"]?.string == "keep.unknown" }
    #expect(records.compactMap { $0["command_id"]?.string } == (1...count).map { "unknown-\($0)" })
    #expect(records.allSatisfy { $0["decision"]?.string == "recovered" && $0["team"]?.string == "support" })
    #expect(lines.all.contains { $0.contains("were forgotten") }, "said once the pass is through")
  }

  @Test("is not forgotten while it is looked up")
  func lookedUp() throws {
    let ledger = try scene.open(options: { $0.pruningPause = .zero })
    try makeUnknown("unknown", ledger)
    scene.clock.advance(.seconds(700))
    try makeDone("done", ledger, conference: "a")
    _ = try #require(try ledger.ask(admission("unknown")).handedOut)
    scene.clock.advance(.seconds(30 * 86_400 + 1))
    while try has("done") { try ledger.waitForTurn() }
    let found = resolution(.found(conferenceID: "conference", reply: reply), of: "unknown")
    #expect(try ledger.ask(found).reply == reply)
    #expect(try ledger.ask(.inspect(commandID: "unknown", team: "support")).operation?.state == .done)
    #expect(try ledger.ask(admission("unknown")).reply == reply)
  }

  @Test("keeps the finished commands that were sent near it: what they made is never taken for its own")
  func owners() throws {
    let ledger = try open()
    try makeDone("long before", ledger, conference: "a")
    scene.clock.advance(.seconds(500))
    try makeDone("before", ledger, conference: "b")
    scene.clock.advance(.seconds(100))
    try makeUnknown("unknown", ledger)
    scene.clock.advance(.seconds(100))
    try makeDone("after", ledger, conference: "c")
    scene.clock.advance(.seconds(500))
    try makeDone("long after", ledger, conference: "d")
    ledger.close()
    scene.clock.advance(.seconds(86_400))
    let next = try prune()
    #expect(try scene.commandIDs() == ["before", "unknown", "after"])
    #expect(try next.ask(admission("unknown")).handedOut != nil)
    for conference in ["b", "c"] {
      let finding = resolution(.found(conferenceID: conference, reply: reply), of: "unknown")
      #expect(try next.ask(finding).refusal?.kind == .undecided)
      #expect(try next.ask(admission("unknown")).handedOut != nil)
    }
    #expect(try next.ask(admission("before")).reply == reply, "what is remembered is replayed, and not replaced")
    #expect(try next.ask(admission("before", fingerprint: 2)).refusal?.kind == .otherBody)
    #expect(try next.ask(resolution(.found(conferenceID: "e", reply: reply), of: "unknown")).reply == reply)
    next.close()
    try prune().close()
    #expect(try !has("before") && !has("after") && has("unknown"))
  }
}
