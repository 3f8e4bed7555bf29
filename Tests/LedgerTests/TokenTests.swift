import Audit
import GRDB
import Gateway
import Ledger
import LedgerSQLite
import Testing

@Suite("With which token a command was sent", .everyStore)
struct TokenTests {
  private let scene: Scene

  init() throws { scene = try Scene() }

  /// Unknown, after its minute.
  private func handedOut(_ change: (StoredLedger) throws -> Void = { _ in }) throws -> UnknownCommand? {
    let ledger = try scene.open()
    _ = try ledger.ask(admission())
    try change(ledger)
    ledger.close()
    scene.clock.advance(.seconds(61))
    return try scene.open().ask(admission(token: .second)).handedOut
  }

  @Test("is on the record before it is sent, whatever the next one would be sent with")
  func admitted() throws { #expect(try handedOut()?.token == .first) }

  @Test("is told anew before another one sends it")
  func noted() throws {
    let token = try handedOut { ledger in
      guard case .tokenNoted = try ledger.ask(.noteToken(.second, commandID: "command")) else {
        Issue.record("it is being sent")
        return
      }
    }?.token
    #expect(token == .second)
  }

  @Test("is not told of a command that nobody sends")
  func notSent() throws {
    let ledger = try scene.open()
    #expect(try ledger.ask(.noteToken(.second, commandID: "command")).refusal != nil)
    _ = try ledger.ask(admission())
    _ = try ledger.ask(settlement("command", .unknown))
    #expect(try ledger.ask(.noteToken(.second, commandID: "command")).refusal != nil)
    guard case .resume(let command, _) = try ledger.ask(admission(token: .second)) else {
      Issue.record("it may be sent again")
      return
    }
    #expect(command.token == .first, "with the first one's token")
  }

  @Test("is not known of an older version's command: it is not sent again, but looked up")
  func unknown() throws {
    let ledger = try scene.open()
    _ = try ledger.ask(admission())
    _ = try ledger.ask(settlement("command", .unknown))
    ledger.close()
    guard scene.hasFile else { return }
    try scene.write { try $0.execute(sql: "UPDATE commands SET token = NULL") }
    let command = try #require(try scene.open().ask(admission()).handedOut)
    #expect(command.token == nil && command.mayStillArrive)
  }
}
