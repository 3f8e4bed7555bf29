import Audit
import Conference
import EventLoop
import GRDB
import Gateway
import Ledger
import LedgerSQLite
import Testing

/// Two commands with the same name and the same call: what a look-up finds for one of them may be the other's.
@Suite("A conference that is found", .everyStore)
struct ConferenceOwnerTests {
  private static let timeout = StoredReply(status: 504, fields: [:], body: [])

  private let scene: Scene
  private let ledger: StoredLedger
  private let mailbox = Mailbox()

  /// `first` is done and has `conference`; `command` is sent ten seconds later.
  init() throws {
    scene = try Scene()
    ledger = try scene.open()
    _ = try ledger.ask(admission("first"))
    _ = try ledger.ask(settlement("first"))
    scene.clock.advance(.seconds(10))
    _ = try ledger.ask(admission())
  }

  @Test("is not given to a command where another one has it: the outcome stays unknown, for all who wait")
  func settledOtherwise() throws {
    let waiting = ledger.post(admission(requestID: "waiter"), mailbox)
    guard case .settledOtherwise = try ledger.ask(settlement(otherwise: Self.timeout)) else {
      Issue.record("it is the first one's")
      return
    }
    #expect(try mailbox.answer(waiting).reply == Self.timeout)
    #expect(try ledger.ask(.inspect(commandID: "command", team: "support")).operation?.state == .unknown)
    #expect(try ledger.ask(.inspect(commandID: "first", team: "support")).operation?.state == .done)
  }

  @Test("is given where nobody else has it")
  func settled() throws {
    let settled = try ledger.ask(settlement("command", .done(conferenceID: "own"), otherwise: Self.timeout))
    #expect(settled.isSettled)
    #expect(try ledger.ask(admission()).reply == reply)
  }

  @Test("is given without a look at others where Telnyx itself named it")
  func namedByTelnyx() throws {
    #expect(try ledger.ask(settlement()).isSettled)
    #expect(try ledger.ask(admission()).reply == reply)
  }

  @Test("later, by a look-up for a repeat, is not given either")
  func resolved() throws {
    _ = try ledger.ask(settlement("command", .unknown))
    scene.clock.advance(.seconds(60))
    _ = try #require(try ledger.ask(admission()).handedOut)
    let refused = try ledger.ask(resolution(.found(conferenceID: "conference", reply: reply)))
    #expect(refused.refusal?.kind == .undecided)
    #expect(try ledger.ask(.inspect(commandID: "command", team: "support")).operation?.state == .unknown)
    _ = try #require(try ledger.ask(admission()).handedOut)
    #expect(try ledger.ask(resolution(.found(conferenceID: "own", reply: reply))).reply == reply)
  }

  @Test("is not given to a command where one that was sent later has it")
  func later() throws {
    _ = try ledger.ask(settlement("command", .unknown))
    scene.clock.advance(.seconds(60))
    _ = try ledger.ask(admission("later"))
    _ = try ledger.ask(settlement("later", .done(conferenceID: "later's")))
    _ = try #require(try ledger.ask(admission()).handedOut)
    #expect(try ledger.ask(resolution(.found(conferenceID: "later's", reply: reply))).refusal?.kind == .undecided)
  }

  // MARK: Twins: two commands with the same name, of which nobody knows which one has made it

  struct Twin: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var name = "standup"
    /// Seconds from the command's first send to the other's.
    var later: Int64 = 1
    var isSending = false
    var isTwin = true
  }

  static let twins = [
    Twin(testDescription: "one of unknown outcome"), Twin(testDescription: "one that is being sent", isSending: true),
    Twin(testDescription: "one of another form of the name", name: " Stand-Up "),
    Twin(testDescription: "one of six minutes later", later: 360),
    Twin(testDescription: "one of another name", name: "standup 2", isTwin: false),
    Twin(testDescription: "one of long after", later: 7200, isTwin: false),
  ]

  @Test("is given to nobody as long as another command of unknown outcome may have made it", arguments: twins)
  func twin(_ twin: Twin) throws {
    _ = try ledger.ask(settlement("command", .unknown))
    scene.clock.advance(.seconds(twin.later))
    _ = try ledger.ask(admission("twin", name: twin.name))
    if !twin.isSending { _ = try ledger.ask(settlement("twin", .unknown)) }
    scene.clock.advance(.seconds(61))
    _ = try #require(try ledger.ask(admission()).handedOut)
    let answer = try ledger.ask(resolution(.found(conferenceID: "own", reply: reply)))
    #expect((answer.refusal?.kind == .undecided) == twin.isTwin)
    guard twin.isTwin, !twin.isSending, twin.later < 45 else { return }
    // For the other one just so.
    _ = try #require(try ledger.ask(admission("twin", name: twin.name)).handedOut)
    #expect(try ledger.ask(resolution(.found(conferenceID: "own", reply: reply), of: "twin")).refusal != nil)
    // Once it is known what the other one has made, this one's is certain.
    _ = try #require(try ledger.ask(admission("twin", name: twin.name)).handedOut)
    _ = try ledger.ask(resolution(.absent, of: "twin"))
    _ = try #require(try ledger.ask(admission()).handedOut)
    #expect(try ledger.ask(resolution(.found(conferenceID: "own", reply: reply))).reply == reply)
  }

  @Test("at once, before the caller is told that nobody knows, is not given either where another may have made it")
  func settledTwin() throws {
    _ = try ledger.ask(admission("twin"))
    guard
      case .settledOtherwise = try ledger.ask(
        settlement("command", .done(conferenceID: "own"), otherwise: Self.timeout))
    else {
      Issue.record("the twin may have made it")
      return
    }
  }

  @Test("that another command of this name has is told to whoever looks the command up")
  func others() throws {
    _ = try ledger.ask(admission("third", name: "another"))
    _ = try ledger.ask(settlement("third", .done(conferenceID: "third's")))
    _ = try ledger.ask(settlement("command", .unknown))
    scene.clock.advance(.seconds(60))
    #expect(try ledger.ask(admission()).handedOut?.others == ["conference"])
  }

  struct Crowd: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// How many commands were sent just before and just after.
    let before: Int
    let after: Int
    let isGiven: Bool
  }

  @Test(
    "is given only where all commands sent about that time could be looked through",
    arguments: [
      Crowd(testDescription: "few", before: 300, after: 300, isGiven: true),
      Crowd(testDescription: "many", before: 16_000, after: 16_000, isGiven: true),
      Crowd(testDescription: "too many before", before: 17_000, after: 10, isGiven: false),
      Crowd(testDescription: "too many after", before: 10, after: 17_000, isGiven: false),
    ])
  func crowd(_ crowd: Crowd) throws {
    guard scene.hasFile else { return }
    _ = try ledger.ask(settlement("command", .unknown))
    ledger.close()
    try scene.write { database in
      try database.execute(sql: "DELETE FROM commands WHERE command_id = 'first'; DELETE FROM outcomes")
      let row = crowd.before + 1
      try database.execute(sql: "UPDATE commands SET id = ?", arguments: [row])
      try database.execute(
        sql: """
          WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
          INSERT INTO commands SELECT n, 'other-' || n, team, caller, fingerprint, keyless, 1, first_sent, boot,
            boot_sent, name, region, body, token FROM number, commands WHERE command_id = 'command' AND n <> ?2;
          """, arguments: [row + crowd.after, row])
      try database.execute(
        sql: """
          INSERT INTO outcomes SELECT id, first_sent, 'conference-' || id, 200, x'', zeroblob(1000) FROM commands
            WHERE command_id <> 'command'
          """)
    }
    scene.clock.advance(.seconds(60))
    let next = try scene.open()
    _ = try #require(try next.ask(admission()).handedOut)
    let answer = try next.ask(resolution(.found(conferenceID: "own", reply: reply)))
    #expect((answer.reply != nil) == crowd.isGiven)
    #expect((answer.refusal?.kind == .undecided) == !crowd.isGiven)
  }
}
