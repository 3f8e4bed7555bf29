import Conference
import Gateway
import JSON
import Ledger
import Policy
import Testing

@Suite("Another call than a create", .everyStore)
struct CallTests {
  private let scene: Scene
  private let ledger: StoredLedger

  init() throws {
    scene = try Scene()
    ledger = try scene.open()
    ledger.allowOtherCalls()
  }

  private func create(_ id: String, conference: String, team: String = "support", token: TokenDigest = .first) throws {
    _ = try ledger.ask(admission(id, team: team, name: id, token: token))
    _ = try ledger.ask(settlement(id, .done(conferenceID: conference)))
  }

  @Test("passes about a conference that its team has made, with the token that made it")
  func own() throws {
    try create("command", conference: "conference", token: .second)
    let answer = try ledger.ask(call())
    #expect(answer.isPassed && answer.token == .second)
  }

  @Test("is refused alike about another team's conference and about none, and that is on the record")
  func others() throws {
    try create("command", conference: "conference", team: "sales")
    let refusals = [
      try ledger.ask(call()).refusal, try ledger.ask(call(about: "nobody's")).refusal,
      try ledger.ask(call(about: "CONFERENCE", team: "sales")).refusal,
    ]
    #expect(
      refusals.allSatisfy { $0?.status == 404 && $0?.rule == "calls.scope" }
        && Set(refusals.map { $0?.faults.first?.detail }).count == 1)
    let records = try scene.records().suffix(3)
    #expect(records.allSatisfy { $0["decision"]?.string == "refused" && $0["call"]?.string == "mute" })
    #expect(records.last?["conference"]?["id"]?.string == "CONFERENCE")
  }

  @Test("passes about any team's where its scope is the organization, and about anybody's where it is wider")
  func scopes() throws {
    try create("command", conference: "conference", team: "sales")
    #expect(try ledger.ask(call(scope: .organization)).isPassed)
    #expect(try ledger.ask(call(about: "nobody's", scope: .organization)).refusal?.status == 404)
    #expect(try ledger.ask(call(about: "nobody's", scope: .any)).isPassed)
  }

  @Test("is about nobody's conference while its create is unknown, and its team's once a look-up has found it")
  func found() throws {
    _ = try ledger.ask(admission("command"))
    _ = try ledger.ask(settlement("command", .unknown))
    #expect(try ledger.ask(call()).refusal?.status == 404)
    scene.clock.advance(.seconds(60))
    _ = try #require(try ledger.ask(admission("command")).handedOut)
    _ = try ledger.ask(resolution(.found(conferenceID: "conference", reply: reply)))
    #expect(try ledger.ask(call()).isPassed)
  }

  @Test("shows of many conferences those that its team may see")
  func sifted() throws {
    try create("command", conference: "conference")
    try create("other", conference: "other", team: "sales")
    let all = ["other", "nobody's", "conference"]
    func sift(_ scope: CallRules.Scope) throws -> [String]? {
      try ledger.ask(.sift(ConferenceQuestion(all, team: "support", scope: scope))).visible
    }
    #expect(try sift(.own) == ["conference"] && sift(.organization) == ["other", "conference"] && sift(.any) == all)
    #expect(try ledger.ask(.sift(ConferenceQuestion([], team: "support", scope: .own))).visible == [])
  }

  @Test("counts against its limits as a create does, and is limited")
  func limited() throws {
    try create("command", conference: "conference")
    let rule = LimitRule(
      name: "calls", per: .team, allow: 1, every: .seconds(3600), burst: 1, calls: CallSet([.mute]))
    let limits = [LimitCharge(rule: rule, key: "team/team/support/calls")]
    #expect(try ledger.ask(call(limits: limits)).isPassed)
    let second = try ledger.ask(call(limits: limits))
    #expect(second.refusal?.kind == .limited && second.statuses?.first?.remaining == 0)
    #expect(try ledger.ask(call(about: "nobody's", limits: limits)).refusal?.status == 404)
    #expect(try scene.decisions().filter { $0 == "limited" }.count == 1)
  }

  @Test("is one record, with what came of it")
  func recorded() throws {
    try create("command", conference: "conference")
    let note = try #require(try ledger.ask(call()).note)
    #expect(try scene.decisions() == ["configuration", "forwarded"] && scene.floodNotes() == 1)
    #expect(try ledger.ask(closing(note: note)).isRecorded)
    let record = try #require(try scene.records().last)
    #expect(record["decision"]?.string == "passed" && record["outcome"]?.string == "executed")
    #expect(record["call"]?.string == "mute" && record["conference"]?["id"]?.string == "conference")
    #expect(try scene.floodNotes() == 0)
  }

  @Test("that was passed on when the process was killed is on the record of the next one, of unknown outcome")
  func killed() throws {
    try create("command", conference: "conference")
    _ = try #require(try ledger.ask(call()).note)
    let left = try scene.killed()
    let next = try left.open()
    try next.waitForTurn()
    next.close()
    let passed = try left.records().filter { $0["decision"]?.string == "passed" }
    #expect(passed.count == 1 && passed.first?["outcome"]?.string == "unknown")
    #expect(passed.first?["call"]?.string == "mute" && passed.first?["team"]?.string == "support")
    #expect(try left.floodNotes() == 0)
  }

  @Test("that changes nothing is counted together with others, each kind by itself, and lost by nobody")
  func reads() throws {
    try create("command", conference: "conference")
    try create("other", conference: "other")
    for id in ["conference", "other", "conference"] {
      let note = try #require(try ledger.ask(call(.retrieve, about: id)).note)
      _ = try ledger.ask(closing(.retrieve, about: id, note: note))
    }
    _ = try ledger.ask(closing(.list, about: nil, note: 0))
    #expect(try scene.decisions().contains("passed") == false)
    let left = try scene.killed()
    let next = try left.open()
    try next.waitForTurn()
    next.close()
    let records = try left.records().filter { $0["decision"]?.string == "passed" }
    let counts = Dictionary(uniqueKeysWithValues: records.map { ($0["call"]?.string ?? "", $0["count"]?.integer) })
    #expect(counts == ["retrieve": 3, "list": 1])
    #expect(records.allSatisfy { $0["conference"] == nil && $0["until"] != nil })
  }

  @Test("that changes nothing has a record of its own where that is wanted")
  func eachRead() throws {
    ledger.close()
    let next = try scene.open(options: { $0.reads = .each })
    _ = try next.ask(closing(.list, about: nil, note: 0))
    _ = try next.ask(closing(.list, about: nil, note: 0))
    #expect(try scene.decisions().filter { $0 == "passed" }.count == 2)
    next.close()
  }

  @Test("is refused, on the record, while nothing new can be sent")
  func unavailable() throws {
    try create("command", conference: "conference")
    let refusal = try ledger.ask(call(unavailability: .unavailable(.draining, "stopping"))).refusal
    #expect(refusal?.kind == .draining)
    #expect(try scene.decisions().last == "refused")
  }
}

/// What is a matter of clocks, which no test can move in a database.
@Suite("Whose a conference is", .everyOwnStore)
struct ConferenceMemoryTests {
  private let scene: Scene

  init() throws { scene = try Scene() }

  private func create(_ id: String, _ ledger: StoredLedger, conference: String) throws {
    _ = try ledger.ask(admission(id, name: id))
    _ = try ledger.ask(settlement(id, .done(conferenceID: conference)))
  }

  @Test("is known of what was created before anybody wanted to know it, and forgotten when nobody does any more")
  func recalled() throws {
    let ledger = try scene.open()
    try create("command", ledger, conference: "conference")
    #expect(try ledger.ask(call()).refusal?.status == 404)
    ledger.allowOtherCalls()
    #expect(try ledger.ask(call()).isPassed)
    ledger.allowOtherCalls(false)
    try create("later", ledger, conference: "later")
    ledger.allowOtherCalls()
    #expect(try ledger.ask(call(about: "later")).isPassed)
    ledger.close()
  }

  @Test("is known as long as it can live, though its command is replayed no longer, or has a new one in its place")
  func outlives() throws {
    let ledger = try scene.open(options: { $0.pruningPause = .zero }, settings: { $0.keepCommands = .seconds(600) })
    ledger.allowOtherCalls()
    try create("command", ledger, conference: "conference")
    try create("pruned", ledger, conference: "of a pruned one")
    scene.clock.advance(.seconds(4 * 3600))
    try create("command", ledger, conference: "second")
    for id in ["conference", "second", "of a pruned one"] { #expect(try ledger.ask(call(about: id)).isPassed, "\(id)") }
    #expect(try scene.commandIDs() == ["command"])
    scene.clock.advance(.seconds(3601))
    // The first transaction forgets, the second one asks.
    try create("last", ledger, conference: "last")
    #expect(try ledger.ask(call()).refusal?.status == 404)
    #expect(try ledger.ask(call(about: "second")).isPassed)
    ledger.close()
  }
}
