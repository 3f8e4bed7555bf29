import Gateway
import Ledger
import LedgerPostgres
import TestKit
import Testing

/// The same at several replicas: a webhook that is delivered twice is rarely delivered to one.
@Suite("Creates without a key that are equal, at several replicas")
struct SharedEqualTests: ReplicaTests {
  let scene: PostgresScene

  init() throws { scene = try PostgresScene() }

  private func equal(_ id: String, fingerprint: UInt8, within time: Duration = .seconds(60)) -> LedgerRequest {
    admission(id, fingerprint: fingerprint, keyless: true, joinWithin: time)
  }

  @Test("are one, however they come at the same moment")
  func race() throws {
    let ledgers = try (0..<4).map { try open("replica-\($0)") }
    let mailbox = Mailbox()
    for fingerprint in 0..<UInt8(40) {
      let asked = try concurrently(ledgers.count) { place in
        (0..<3).map { ledgers[place].post(equal("\(place)-\(fingerprint)-\($0)", fingerprint: fingerprint), mailbox) }
      }
      // One is to be sent; all others wait for it.
      try eventually { asked.joined().contains(where: mailbox.hasAnswer) }
      let (place, index) = try #require(
        ledgers.indices.lazy.flatMap { place in (0..<3).map { (place, $0) } }.first { mailbox.hasAnswer(asked[$0][$1]) }
      )
      #expect(try mailbox.answer(asked[place][index]).isAdmitted)
      let id = "\(place)-\(fingerprint)-\(index)"
      _ = try ledgers[place].ask(settlement(id, .done(conferenceID: "conference-\(fingerprint)")))
      for exchange in asked.joined() where exchange != asked[place][index] {
        #expect(try mailbox.answer(exchange).joined == id)
      }
    }
    #expect(try scene.integer("SELECT count(*) FROM SCHEMA.commands") == 40)
    for ledger in ledgers { ledger.close() }
    try checkChains()
  }

  @Test("are told from those with a key that come in the same batch")
  func mixed() throws {
    let ledger = try open("one")
    let mailbox = Mailbox()
    let numbers = 10..<UInt8(40)
    let exchanges = numbers.flatMap { number in
      [
        ledger.post(admission("named-\(number)", fingerprint: number), mailbox),
        ledger.post(equal("equal-\(number)", fingerprint: number), mailbox),
      ]
    }
    for exchange in exchanges { #expect(try mailbox.answer(exchange).isAdmitted) }
    #expect(
      try scene.texts("SELECT command_id FROM SCHEMA.commands WHERE claim IS NOT NULL ORDER BY command_id")
        == numbers.map { "equal-\($0)" })
  }

  @Test("are two where the first one was sent before the time")
  func later() throws {
    let (first, second) = (try open("one"), try open("two"))
    for (id, ledger) in [("a", first), ("b", second), ("c", first)] {
      #expect(try ledger.ask(equal(id, fingerprint: 1, within: .milliseconds(1))).isAdmitted)
      _ = try ledger.ask(settlement(id, .done(conferenceID: id)))
      try eventually {
        try scene.integer(
          "SELECT (extract(epoch FROM clock_timestamp()) * 1e6)::bigint - max(first_wall) FROM SCHEMA.commands") > 2000
      }
    }
    #expect(try second.ask(equal("d", fingerprint: 1)).joined == "c")
  }

  @Test("are one also where the database's clock falls back, as a standby's may that is promoted")
  func setBack() throws {
    let (first, second) = (try open("one"), try open("two"))
    _ = try first.ask(equal("first", fingerprint: 1))
    _ = try first.ask(settlement("first"))
    _ = try scene.rows("WITH x AS (UPDATE SCHEMA.commands SET first_wall = first_wall + 60000000) SELECT 'x'::bytea")
    #expect(try second.ask(equal("second", fingerprint: 1)).joined == "first")
    #expect(second.unavailability == nil)
  }

  @Test("are one also where a replica has died with the first one")
  func died() throws {
    let first = try open("one")
    _ = try first.ask(equal("first", fingerprint: 1))
    // Another process takes its name, and its commands.
    let successor = try open("one")
    let second = try open("two")
    let answer = try second.ask(equal("second", fingerprint: 1))
    #expect(answer.joined == "first")
    #expect(answer.resumed != nil)
    withExtendedLifetime(successor) {}
  }
}
