import Audit
import Conference
import EventLoop
import Gateway
import JSON
import Ledger
import LedgerSQLite
import Metrics
import Testing

/// Holds up the ledger's thread in the middle of a delivery, until it is told to go on.
final class Gate: LedgerAnswerReceiving {
  private struct State: Sendable {
    var isReached = false
    var isOpen = false
  }
  private let monitor = Monitor(State())

  func receive(_: [AddressedLedgerAnswer]) {
    monitor.withLock { $0.isReached = true }
    monitor.wake()
    _ = monitor.wait(until: .now + .seconds(60)) { $0.isOpen ? () : nil }
  }

  /// Returns when the ledger's thread stands still.
  func hold(_ ledger: StoredLedger) throws {
    ledger.submit(.inspect(commandID: "gate", team: "gate"), for: ExchangeID(number: 0), to: self)
    let isReached: Void? = monitor.wait(until: .now + .seconds(60)) { $0.isReached ? () : nil }
    try #require(isReached != nil)
  }

  func open() {
    monitor.withLock { $0.isOpen = true }
    monitor.wake()
  }
}

@Suite("A batch", .everyStore)
struct BatchTests {
  private let scene: Scene
  private let mailbox = Mailbox()
  private let gate = Gate()

  init() throws { scene = try Scene() }

  @Test("is one transaction, and a worker gets all its answers in one call, in order")
  func one() throws {
    let ledger = try scene.open()
    let counters = ledger.counters
    let (mailbox, other) = (Mailbox { counters.commits.value }, Mailbox { counters.commits.value })
    try gate.hold(ledger)
    let commits = counters.commits.value
    for number in 1...40 { _ = ledger.post(admission("a\(number)"), mailbox) }
    for number in 1...60 { _ = ledger.post(admission("b\(number)"), other) }
    gate.open()
    try mailbox.waitForAnswers(40)
    try other.waitForAnswers(60)
    #expect(mailbox.deliveries == [40] && other.deliveries == [60])
    #expect(mailbox.order == Array(1...40))
    // As they are delivered: behind that the store may have something of its own to write.
    #expect(mailbox.noted == [commits + 1] && other.noted == [commits + 1])
  }

  @Test("is no larger than its bound")
  func bounded() throws {
    let ledger = try scene.open(options: { $0.batchLimit = 16 })
    try gate.hold(ledger)
    for number in 1...40 { _ = ledger.post(admission("\(number)"), mailbox) }
    gate.open()
    try mailbox.waitForAnswers(40)
    #expect(mailbox.deliveries == [16, 16, 8])
  }

  @Test("decides a command and its duplicates, its outcome and its replay in the order of their coming")
  func mixed() throws {
    let ledger = try scene.open()
    try gate.hold(ledger)
    let admitted = ledger.post(admission(), mailbox)
    let waiter = ledger.post(admission(), mailbox)
    let conflict = ledger.post(admission(fingerprint: 2), mailbox)
    let settled = ledger.post(settlement(), mailbox)
    let replayed = ledger.post(admission(), mailbox)
    gate.open()
    try mailbox.waitForAnswers(5)
    #expect(try mailbox.answer(admitted).isAdmitted)
    #expect(try mailbox.answer(waiter).reply == reply)
    #expect(try mailbox.answer(conflict).refusal?.kind == .otherBody)
    #expect(try mailbox.answer(settled).isSettled)
    #expect(try mailbox.answer(replayed).reply == reply)
    #expect(mailbox.deliveries == [5])
  }

  @Test("that finds no room is refused at once, but for outcomes; one record tells how many there were")
  func full() throws {
    let ledger = try scene.open(options: { $0.queueCapacity = 8 })
    _ = try ledger.ask(admission("sent"))
    try gate.hold(ledger)
    let admitted = (1...7).map { ledger.post(admission("\($0)"), mailbox) }
    let refused = (8...12).map { ledger.post(admission("\($0)"), mailbox) }
    for exchange in refused {
      #expect(mailbox.hasAnswer(exchange), "while the ledger's thread stands still")
      #expect(try mailbox.answer(exchange).refusal?.kind == .ledgerUnavailable)
    }
    let outcome = ledger.post(settlement("sent"), mailbox)
    gate.open()
    for exchange in admitted { #expect(try mailbox.answer(exchange).isAdmitted) }
    #expect(try mailbox.answer(outcome).isSettled)
    ledger.close()
    let folded = try scene.records().first { $0["rule"]?.string == "ledger.queue" }
    #expect(folded?["count"]?.integer == 5 && folded?["status"]?.integer == 503)
  }

  @Test("that finds no room for refusals of others counts them: one record tells how many there were")
  func fullOfRecords() throws {
    let ledger = try scene.open(options: { $0.queueCapacity = 8 })
    try gate.hold(ledger)
    let taken = (1...7).map { ledger.post(.record(entry("\($0)")), mailbox) }
    let turnedAway = (8...12).map { ledger.post(.record(entry("\($0)")), mailbox) }
    let refused = ledger.post(admission("refused"), mailbox)
    for exchange in turnedAway { #expect(try mailbox.answer(exchange).isRecorded, "nobody waits for a record") }
    #expect(try mailbox.answer(refused).refusal?.kind == .ledgerUnavailable)
    gate.open()
    for exchange in taken { #expect(try mailbox.answer(exchange).isRecorded) }
    ledger.close()
    let folded = try scene.records().filter { $0["rule"]?.string == "ledger.queue" }
    #expect(folded.map { $0["count"]?.integer } == [5, 1])
    #expect(folded.map { $0["status"]?.integer } == [nil, 503], "they were answered with a status each")
    #expect(ledger.counters.lostRecords.value == 0)
  }

  @Test("that waits when the ledger is closed is decided first; what comes later is refused")
  func closing() throws {
    let ledger = try scene.open()
    try gate.hold(ledger)
    let waiting = (1...20).map { ledger.post(admission("\($0)"), mailbox) }
    gate.open()
    ledger.close()
    for exchange in waiting { #expect(try mailbox.answer(exchange).isAdmitted) }
    #expect(try ledger.ask(admission("late")).refusal?.kind == .ledgerUnavailable)
    #expect(try scene.count("commands") == 20)
  }

  @Test("from many threads loses nothing and answers nothing twice")
  func manyThreads() throws {
    let ledger = try scene.open()
    let mailboxes = (0..<8).map { _ in Mailbox() }
    let threads = mailboxes.enumerated().map { index, mailbox in
      OwnedThread(name: "worker \(index)") {
        for number in 0..<250 {
          let id = "\(index)-\(number)"
          _ = ledger.post(admission(id), mailbox)
          _ = ledger.post(settlement(id), mailbox)
        }
      }
    }
    for thread in threads { thread.join() }
    for mailbox in mailboxes {
      try mailbox.waitForAnswers(500)
      #expect(mailbox.order == Array(1...500))
    }
    ledger.close()
    #expect(try scene.count("commands") == 2000)
    #expect(try scene.count("audit") == 2000)
  }
}
