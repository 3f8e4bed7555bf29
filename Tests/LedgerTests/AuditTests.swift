import Audit
import Conference
import Crypto
import EventLoop
import Foundation
import GRDB
import Gateway
import Glibc
import JSON
import Ledger
import LedgerSQLite
import Metrics
import Testing

@Suite("The audit")
struct AuditTests {
  private let scene: Scene

  init() throws { scene = try Scene() }

  private func texts() throws -> [String] {
    try scene.read { try String.fetchAll($0, sql: "SELECT record FROM audit ORDER BY seq") }
  }

  @Test("has every member of a record, in the order of the design")
  func whole() throws {
    let ledger = try scene.open()
    _ = try ledger.ask(admission())
    scene.clock.advance(.microseconds(123_456))
    var audit = entry("request \"1\"")
    audit.team = "support"
    audit.caller = "dialer"
    audit.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    audit.callControl = "c0ffee"
    audit.clientState = (length: 12, pseudonym: "beef")
    audit.rule = "max_participants"
    audit.fields = [
      .init(name: "max_participants", change: "clamped", asked: .integer(900), effective: .integer(200)),
      .init(name: "beep_enabled", change: "default", asked: nil, effective: .string("on_enter")),
    ]
    audit.received = .now
    audit.errors = AuditErrors(.policy([Fault(.forbidden, "no", pointer: "/a/\u{1b}", rule: "a.max")]))
    audit.upstream = .init(status: 200, attempts: 2, code: "10001", milliseconds: 57)
    _ = try ledger.ask(
      .settle(Settlement(commandID: "command", outcome: .done(conferenceID: "c"), reply: reply, audit: audit)))
    let text = try #require(try texts().first)
    let milliseconds = try #require(try scene.records().first?["ms"]?.integer)
    #expect(
      text == """
        {"seq":1,"time":"2026-11-23T19:00:00.123456Z","organization":"example","team":"support","caller":"dialer",\
        "peer":"127.0.0.1:50312","request_id":"request \\"1\\"",\
        "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","command_id":"command",\
        "call_control_id":"c0ffee","client_state":{"length":12,"pseudonym":"beef"},"decision":"forwarded",\
        "rule":"max_participants","errors":[{"code":"10010","pointer":"/a/\\u001b","rule":"a.max"}],"errors_count":1,\
        "fields":[{"name":"max_participants","change":"clamped","asked":900,"effective":200},\
        {"name":"beep_enabled","change":"default","effective":"on_enter"}],"conference":{"id":"c"},\
        "outcome":"executed","status":200,\
        "upstream":{"status":200,"attempts":2,"code":"10001","ms":57},"ms":\(milliseconds),"config":"0123456789ab"}
        """)
  }

  @Test("leaves out what is absent")
  func sparse() throws {
    let ledger = try scene.open()
    var audit = entry()
    audit.status = 401
    #expect(try ledger.ask(.record(audit)).isRecorded)
    let members = try scene.records().first?.object?.members.map(\.key)
    #expect(
      members == ["seq", "time", "organization", "peer", "request_id", "decision", "status", "ms", "config"])
  }

  @Test("has one record for each request that was decided, and none for an intent")
  func onePerRequest() throws {
    let ledger = try scene.open()
    _ = try ledger.ask(admission())
    #expect(try texts().isEmpty)
    _ = try ledger.ask(admission(fingerprint: 2))
    _ = try ledger.ask(settlement())
    _ = try ledger.ask(admission())
    _ = try ledger.ask(.record(entry()))
    _ = try ledger.ask(.inspect(commandID: "command", team: "support"))
    #expect(try scene.decisions() == ["conflict", "forwarded", "replayed", "refused"])
    #expect(try scene.records().map { $0["seq"]?.integer } == [1, 2, 3, 4])
    #expect(try scene.records().map { $0["status"]?.integer } == [422, 200, 200, 0].map { $0 == 0 ? nil : $0 })
  }

  @Test("is a chain: any changed byte is found")
  func chain() throws {
    let file = scene.directory.file("audit.jsonl")
    let ledger = try scene.open([.file(path: file, rotateAt: 1 << 20, keep: 1)])
    for number in 1...5 { _ = try ledger.ask(.record(entry("request-\(number)"))) }
    ledger.close()
    let bytes = try #require(contents(file))
    let end = try #require(try follow(bytes).chain)
    #expect(lines(bytes).count == 5 && end.seq == 5)
    #expect(
      end.hash
        == (try scene.read { try Data.fetchOne($0, sql: "SELECT hash FROM audit WHERE seq = 5") }).map(Array.init))
    for index in bytes.indices {
      var edited = bytes
      edited[index] ^= 1
      #expect(finding(edited) != nil, "byte \(index)")
    }
  }

  @Test("is a chain: who edits a record and makes its hash anew is found at the next record")
  func forged() throws {
    func line(_ record: String, _ previous: [UInt8], _ hash: [UInt8]) -> [UInt8] {
      var line: [UInt8] = []
      AuditChain.write(Array(record.utf8), previous: previous, hash: hash, to: &line)
      return line
    }
    let records = (1...3).map { #"{"seq":\#($0),"status":403}"# }
    var hashes = [AuditChain.start.hash]
    for record in records { hashes.append(AuditChain.hash(after: hashes[hashes.count - 1], Array(record.utf8))) }
    // (head -c 32 /dev/zero; printf '{"seq":1,"status":403}') | sha256sum
    #expect(hashes[1].hex == "9bf21ff0e60529f30cc3869135823e6f89ceaeafd975e3bbc29fd5ce1befe941")
    var lines = (0..<3).map { line(records[$0], hashes[$0], hashes[$0 + 1]) }
    #expect(try follow(lines.flatMap(\.self)).chain?.hash == hashes[3])
    let edited = #"{"seq":2,"status":200}"#
    let forged = AuditChain.hash(after: hashes[1], Array(edited.utf8))
    lines[1] = line(edited, hashes[1], forged)
    #expect(finding(lines.flatMap(\.self))?.place?.line == 3, "its prev is not the forged record's hash")
    lines[2] = line(records[2], forged, hashes[3])
    let found = finding(lines.flatMap(\.self))
    #expect(found?.kind == .edited && found?.place?.line == 3, "its hash is not that of the new prev")
  }

  @Test("goes on with its chain after a restart")
  func continues() throws {
    for round in 1...3 {
      let ledger = try scene.open()
      _ = try ledger.ask(.record(entry("round-\(round)")))
      ledger.close()
    }
    let rows = try scene.read { try Row.fetchAll($0, sql: "SELECT record, hash FROM audit ORDER BY seq") }
    var chain = AuditChain.start
    for row in rows {
      let record: String = row["record"]
      let hash: Data = row["hash"]
      chain.append(Array(record.utf8))
      #expect(chain.hash == Array(hash))
    }
    #expect(chain.seq == 3)
  }
}

@Suite("A flood of refusals", .everyOwnStore)
struct FloodTests {
  private let scene: Scene

  init() throws { scene = try Scene() }

  private func refusal(peer: String = "192.0.2.1:1000", status: Int = 401) -> LedgerRequest {
    var audit = entry(peer: peer)
    audit.status = status
    return .record(audit)
  }

  @Test("is counted in one record, and everyone is answered")
  func folded() throws {
    let ledger = try scene.open(options: { $0.floodAllowance = 10 })
    let mailbox = Mailbox()
    for port in 1...1000 { _ = ledger.post(refusal(peer: "192.0.2.1:\(port)"), mailbox) }
    try mailbox.waitForAnswers(1000)
    ledger.close()
    let records = try scene.records()
    // A second may end in between; then there are two floods.
    #expect(records.count < 100)
    #expect(records.reduce(0) { $0 + ($1["count"]?.integer ?? 1) } == 1000)
    #expect(records.last?["count"] != nil && records.last?["until"]?.string == "2026-11-23T19:00:00.000000Z")
  }

  @Test("is told when its second is over, though nothing else happens")
  func told() throws {
    let ledger = try scene.open(options: { $0.floodAllowance = 1 })
    for _ in 1...3 { _ = try ledger.ask(refusal()) }
    let commits = ledger.counters.commits.value
    while ledger.counters.commits.value == commits { sched_yield() }
    #expect(try scene.records().reduce(0) { $0 + ($1["count"]?.integer ?? 1) } == 3)
  }

  /// A copy of the file and its log is what a killed process leaves behind.
  @Test("is counted on the disk before anyone is answered: a process that is killed leaves all of it")
  func killed() throws {
    var left = scene
    for kill in 1...2 {
      let ledger = try left.open(options: { $0.floodAllowance = 10 })
      for number in 1...70 {
        var audit = entry("\(kill)-\(number)", peer: number % 3 == 0 ? "192.0.2.2:1" : "192.0.2.1:1")
        audit.status = 403
        audit.caller = number % 3 == 0 ? nil : "dialer"
        audit.rule = "max_participants"
        audit.fields = [.init(name: "beep_enabled", change: "forced", asked: .null, effective: .string("never"))]
        #expect(try ledger.ask(.record(audit)).isRecorded)
      }
      left = try left.killed()
    }
    let next = try left.open()
    next.close()
    #expect(try left.sum() == 140)
    let counted = try left.records().filter { $0["count"] != nil }
    #expect(counted.contains { $0["caller"]?.string == "dialer" && $0["fields"] != nil })
    #expect(try left.finding() == nil, "also the columns beside the record say what it does")
    try left.open().close()
    #expect(try left.sum() == 140, "and it is told once")
  }

  @Test("leaves nothing behind when it was told, and nothing is written without one")
  func unwritten() throws {
    let ledger = try scene.open(options: { $0.floodAllowance = 5 })
    for _ in 1...5 { _ = try ledger.ask(refusal()) }
    #expect(try scene.floodNotes() == 0)
    for _ in 1...5 { _ = try ledger.ask(refusal()) }
    #expect(try scene.floodNotes() == 1)
    ledger.close()
    #expect(try scene.floodNotes() == 0)
    #expect(try scene.sum() == 10)
  }

  @Test("counts no conflict among refusals, though a caller gets the same status for both")
  func conflicts() throws {
    let ledger = try scene.open(options: { $0.floodAllowance = 1 })
    _ = try ledger.ask(admission())
    for _ in 1...3 {
      var audit = entry()
      (audit.team, audit.caller, audit.status) = ("support", "dialer", 422)
      _ = try ledger.ask(.record(audit))
      #expect(try ledger.ask(admission(fingerprint: 2)).refusal?.status == 422)
    }
    ledger.close()
    for decision in ["refused", "conflict"] {
      let records = try scene.records().filter { $0["decision"]?.string == decision }
      #expect(records.reduce(0) { $0 + ($1["count"]?.integer ?? 1) } == 3, "\(decision)")
    }
  }

  @Test("of one kind hides no other kind, source, or anything that was forwarded")
  func others() throws {
    let ledger = try scene.open(options: { $0.floodAllowance = 1 })
    for _ in 1...5 { _ = try ledger.ask(refusal()) }
    _ = try ledger.ask(refusal(peer: "192.0.2.2:1000"))
    _ = try ledger.ask(refusal(status: 404))
    for number in 1...5 {
      _ = try ledger.ask(admission("\(number)"))
      _ = try ledger.ask(settlement("\(number)"))
      _ = try ledger.ask(admission("\(number)"))
    }
    #expect(try scene.decisions().filter { $0 == "forwarded" }.count == 5)
    #expect(try scene.records().contains { $0["peer"]?.string == "192.0.2.2:1000" })
    #expect(try scene.records().contains { $0["status"]?.integer == 404 })
  }
}

extension Scene {
  /// How many requests the records stand for.
  fileprivate func sum() throws -> Int64 { try records().reduce(0) { $0 + ($1["count"]?.integer ?? 1) } }
}
