import Audit
import EventLoop
import GRDB
import Gateway
import JSON
import Ledger
import LedgerSQLite
import Testing

@Suite("Pruning", .everyOwnStore)
struct PruningTests {
  private let scene: Scene

  init() throws { scene = try Scene() }

  private func settle(_ count: Int, _ ledger: StoredLedger, prefix: String = "") throws {
    let mailbox = Mailbox()
    for number in 1...count {
      _ = ledger.post(admission("\(prefix)\(number)"), mailbox)
      _ = ledger.post(settlement("\(prefix)\(number)"), mailbox)
    }
    try mailbox.waitForAnswers(2 * count)
  }

  @Test("forgets finished commands after their time, and unknown ones after theirs")
  func commands() throws {
    let ledger = try scene.open()
    _ = try ledger.ask(admission("unknown"))
    _ = try ledger.ask(settlement("unknown", .unknown))
    _ = try ledger.ask(admission("in flight"))
    scene.clock.advance(.seconds(600))
    try settle(500, ledger)
    ledger.close()
    scene.clock.advance(.seconds(24 * 3600 + 1))
    let next = try scene.open()
    try settle(1, next, prefix: "young")
    while try scene.count("commands") > 3 { _ = try next.ask(.record(entry())) }
    #expect(try scene.commandIDs() == ["unknown", "in flight", "young1"])
    #expect(try scene.count("outcomes") == 1)
    next.close()
    scene.clock.advance(.seconds(91 * 86_400))
    let last = try scene.open()
    while try scene.count("commands") > 0 { _ = try last.ask(.record(entry())) }
    #expect(try scene.count("outcomes") == 0)
  }

  @Test("that is undone with its transaction is done again, without anything left out")
  func undone() throws {
    guard scene.hasFile else { return }
    let ledger = try scene.open()
    try settle(3000, ledger)
    ledger.close()
    let pages = try #require(try scene.read { try Int.fetchOne($0, sql: "PRAGMA page_count") })
    let next = try scene.open(options: { $0.maximumPages = pages + 64 })
    try next.waitForTurn()
    scene.clock.advance(.seconds(24 * 3600 + 1))
    // Too large for the disk: the step of pruning in its transaction is undone with it.
    let large = String(repeating: "x", count: 4 << 20)
    for number in 1...8 { #expect(try !next.ask(admission("large-\(number)", body: large)).isAdmitted) }
    for _ in 1...10_000 where try scene.count("commands") > 0 { try next.waitForTurn() }
    #expect(try scene.count("commands") == 0)
    next.close()
  }

  @Test("forgets no command because somebody sets the clock forward")
  func clockSetForward() throws {
    let ledger = try scene.open()
    try settle(100, ledger)
    scene.clock.advance(.seconds(600))
    _ = try ledger.ask(admission("unknown"))
    _ = try ledger.ask(settlement("unknown", .unknown))
    scene.clock.advance(.seconds(600))
    ledger.close()
    scene.clock.set(by: .seconds(400 * 86_400))
    let next = try scene.open()
    // Each of them would take a step of pruning along.
    try settle(20, next, prefix: "young")
    #expect(try next.ask(admission("1")).reply == reply)
    #expect(try scene.count("commands") == 121)
    next.close()
    // By and by all clocks agree.
    scene.clock.advance(.seconds(24 * 3600 + 1))
    let last = try scene.open()
    while try scene.count("commands") > 1 { _ = try last.ask(.record(entry())) }
    #expect(try scene.count("outcomes") == 0)
  }

  @Test("takes no record away because somebody sets the clock forward")
  func recordsByClockSetForward() throws {
    let ledger = try scene.open()
    try settle(100, ledger)
    scene.clock.set(by: .seconds(3650 * 86_400))
    try settle(20, ledger, prefix: "same process")
    ledger.close()
    let next = try scene.open()
    try settle(20, next, prefix: "next process")
    next.close()
    #expect(try scene.count("audit") == 140)
    // By and by both clocks agree.
    scene.clock.set(by: .seconds(-3650 * 86_400))
    scene.clock.advance(.seconds(91 * 86_400))
    let last = try scene.open()
    while try scene.count("audit") > 60 { _ = try last.ask(.record(entry())) }
    last.close()
  }

  @Test("shortens the audit from its old end; what is left is still a chain, and sinks still follow it")
  func audit() throws {
    let ledger = try scene.open()
    try settle(300, ledger)
    ledger.close()
    scene.clock.advance(.seconds(91 * 86_400))
    let next = try scene.open()
    _ = try next.ask(.record(entry("young")))
    while try scene.count("audit") > 1 {
      try next.waitForTurn()
    }
    next.close()
    let file = scene.directory.file("audit.jsonl")
    try scene.open([.file(path: file, rotateAt: 1 << 20, keep: 1)]).close()
    let exported = lines(try #require(contents(file)))
    #expect(exported.count == 1)
    #expect(try follow(joined(exported)).chain?.seq == 301)
  }

  @Test("leaves a record until the sinks have it")
  func undelivered() throws {
    let pipe = try Pipe()
    let ledger = try scene.open(
      [.stdout],
      options: {
        $0.standardOutput = pipe.writer
        $0.sinkCapacity = 1000
        $0.sinkTimeout = .zero
      })
    try settle(500, ledger)
    ledger.close()
    scene.clock.advance(.seconds(91 * 86_400))
    let next = try scene.open(
      [.stdout],
      options: {
        $0.standardOutput = pipe.writer
        $0.sinkTimeout = .zero
      })
    try settle(500, next, prefix: "later")
    next.close()
    let oldest = try #require(try scene.records().first?["seq"]?.integer)
    #expect(Int(oldest) <= lines(pipe.drain()).count + 1)
  }
}
