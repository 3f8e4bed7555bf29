import Audit
import Conference
import EventLoop
import GRDB
import Gateway
import JSON
import Ledger
import LedgerSQLite
import Testing

@Suite("What strangers and repeats can cause", .everyOwnStore)
struct FloodCeilingTests {
  private let scene: Scene
  private let mailbox = Mailbox()

  init() throws { scene = try Scene() }

  private func refusal(peer: String, status: Int = 401, caller: String? = nil) -> LedgerRequest {
    var audit = entry(peer: peer)
    (audit.status, audit.caller, audit.team) = (status, caller, caller.map { _ in "support" })
    return .record(audit)
  }

  private func number(_ records: [JSONValue]) -> Int64 { records.reduce(0) { $0 + ($1["count"]?.integer ?? 1) } }

  private static func address(_ number: Int) -> String {
    "198.\(18 + number >> 16).\(number >> 8 & 255).\(number & 255):999"
  }

  @Test("of one kind from very many addresses is a few records, with nothing uncounted", arguments: [8890, 50_000])
  func addresses(count: Int) throws {
    let ledger = try scene.open(options: { $0.queueCapacity = .max })
    for number in 1...count {
      _ = ledger.post(refusal(peer: Self.address(number), status: [400, 401, 404, 405][number % 4]), mailbox)
    }
    try mailbox.waitForAnswers(count)
    ledger.close()
    let records = try scene.records()
    #expect(number(records) == Int64(count))
    // However long it took: a second's share, twice that time's ...
    #expect(records.count < 1500)
    let shared = records.filter { $0["count"] != nil && $0["peer"] == nil }
    #expect(!shared.isEmpty && shared.allSatisfy { $0["request_id"] == nil && $0["status"] != nil })
  }

  @Test("hides no caller: a refusal of one is on the record by itself, whatever strangers do")
  func callers() throws {
    let ledger = try scene.open()
    for number in 1...2000 { _ = ledger.post(refusal(peer: Self.address(number)), mailbox) }
    for caller in ["a", "b", "c"] { _ = ledger.post(refusal(peer: "10.0.0.1:1", status: 403, caller: caller), mailbox) }
    try mailbox.waitForAnswers(2003)
    let found = try scene.records().filter { $0["status"]?.integer == 403 }
    #expect(found.compactMap { $0["caller"]?.string } == ["a", "b", "c"] && number(found) == 3)
  }

  @Test("of one caller hides no other caller, whatever that one does")
  func greedyCaller() throws {
    let ledger = try scene.open()
    for number in 1...2000 {
      _ = ledger.post(refusal(peer: "10.0.0.1:1", status: 400 + number % 20, caller: "greedy"), mailbox)
    }
    _ = ledger.post(refusal(peer: "10.0.0.2:1", status: 403, caller: "modest"), mailbox)
    try mailbox.waitForAnswers(2001)
    ledger.close()
    let found = try scene.records().filter { $0["caller"]?.string == "modest" }
    #expect(number(found) == 1)
    #expect(number(try scene.records()) == 2001)
  }

  @Test("by replays of one id is a few records, which name it")
  func replays() throws {
    let ledger = try scene.open()
    _ = try ledger.ask(admission())
    _ = try ledger.ask(settlement())
    for _ in 1...8000 { _ = ledger.post(admission(), mailbox) }
    try mailbox.waitForAnswers(8000)
    ledger.close()
    let records = try scene.records()
    #expect(records.count { $0["decision"]?.string == "forwarded" } == 1)
    let replayed = records.filter { $0["decision"]?.string == "replayed" }
    #expect(number(replayed) == 8000 && replayed.count < 400)
    #expect(replayed.allSatisfy { $0["command_id"]?.string == "command" && $0["status"]?.integer == 200 })
    #expect(try scene.finding() == nil)
  }

  @Test("by repeats of many ids is told without any: a count of many does not name the command of one")
  func manyIDs() throws {
    let ledger = try scene.open(options: { $0.floodAllowance = 2 })
    for number in 1...9 {
      _ = try ledger.ask(admission("\(number)"))
      _ = try ledger.ask(settlement("\(number)"))
    }
    for number in 1...9 { _ = ledger.post(admission("\(number)"), mailbox) }
    try mailbox.waitForAnswers(9)
    ledger.close()
    let counted = try scene.records().filter { $0["decision"]?.string == "replayed" && $0["count"] != nil }
    #expect(counted.allSatisfy { $0["caller"]?.string == "dialer" && $0["request_id"] != nil })
    #expect(counted.allSatisfy { $0["count"]?.integer == 1 || $0["command_id"] == nil })
    #expect(number(try scene.records().filter { $0["decision"]?.string == "replayed" }) == 9)
  }

  @Test("by those who wait, conflict or are limited is counted, too")
  func others() throws {
    let limit = LimitCharge(
      rule: LimitRule(name: "one", per: .team, allow: 1, every: .seconds(3600), burst: 1), key: "one")
    let ledger = try scene.open()
    _ = try ledger.ask(admission(limits: [limit]))
    for number in 1...1000 {
      _ = ledger.post(admission(), mailbox)
      _ = ledger.post(admission(fingerprint: 2), mailbox)
      _ = ledger.post(admission("new-\(number)", limits: [limit]), mailbox)
    }
    try mailbox.waitForAnswers(2000)
    _ = try ledger.ask(settlement())
    try mailbox.waitForAnswers(3000)
    ledger.close()
    for decision in ["replayed", "conflict", "limited"] {
      let records = try scene.records().filter { $0["decision"]?.string == decision }
      #expect(number(records) == 1000 && records.count < 300, "\(decision)")
    }
  }

  /// A copy of the file and its log is what a killed process leaves behind.
  @Test("is counted on the disk before anyone is answered, also what is told of all sources together")
  func killed() throws {
    let ledger = try scene.open(options: { $0.queueCapacity = .max })
    _ = try ledger.ask(admission())
    _ = try ledger.ask(settlement())
    for number in 1...3000 {
      _ = ledger.post(refusal(peer: Self.address(number)), mailbox)
      _ = ledger.post(admission(), mailbox)
    }
    try mailbox.waitForAnswers(6000)
    let dead = try scene.killed()
    try dead.open().close()
    let records = try dead.records()
    #expect(number(records.filter { $0["decision"]?.string == "refused" }) == 3000)
    #expect(number(records.filter { $0["decision"]?.string == "replayed" }) == 3000)
    #expect(try dead.finding() == nil)
  }

  @Test("takes longer and longer to be told while it goes on, and at once again afterwards")
  func lengths() {
    var window = FloodWindow()
    var now = MonotonicTime(nanoseconds: 0)
    for length in [1, 2, 4, 8, 16, 16, 16] as [Int64] {
      let taken = (0..<3).map { _ in window.take(of: 2, at: now) }
      #expect(taken == [true, true, false])
      #expect(window.length == .seconds(length))
      let mayTake = window.take(of: 2, at: now + .milliseconds(length * 1000 - 1))
      #expect(!mayTake)
      now = now + .seconds(length)
    }
    now = now + .seconds(60)
    let mayTakeAgain = window.take(of: 2, at: now)
    #expect(mayTakeAgain && window.length == .seconds(1))
  }
}
