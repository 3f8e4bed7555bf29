import Audit
import Conference
import EventLoop
import Foundation
import GRDB
import Gateway
import Glibc
import JSON
import Ledger
import LedgerSQLite
import Metrics
import TestKit
import Testing

@Suite("A disk that is full")
struct FullDiskTests {
  private let scene: Scene
  private let body = String(repeating: "x", count: 3000)

  init() throws { scene = try Scene() }

  /// - Returns: how many commands were admitted and settled before there was no room.
  private func fill(_ ledger: StoredLedger) throws -> Int {
    for number in 1... {
      let answer = try ledger.ask(admission("\(number)", body: body))
      guard answer.isAdmitted else {
        #expect(answer.refusal?.kind == .ledgerUnavailable && answer.refusal?.status == 503)
        return number - 1
      }
      let mailbox = Mailbox()
      let exchange = ledger.post(settlement("\(number)"), mailbox)
      try ledger.waitForTurn()
      if !mailbox.hasAnswer(exchange) { return number - 1 }
    }
    return 0
  }

  private func openLedger(on disk: TinyDisk) throws -> StoredLedger {
    var settings = LedgerSettings()
    settings.path = disk.file("ledger.db")
    var options = LedgerOptions()
    options.floodAllowance = .max
    return try StoredLedger(settings: settings, options: options, logger: quiet) { _ in Issue.record("not fatal") }
  }

  @Test("gives 503 before anything is sent; what is known is still replayed, and conflicts still seen")
  func refuses() throws {
    let ledger = try scene.open(options: { $0.maximumPages = 40 })
    let count = try fill(ledger)
    #expect(count > 3)
    #expect(try ledger.ask(admission("new", body: body)).refusal?.kind == .ledgerUnavailable)
    #expect(try ledger.ask(admission("1")).reply == reply)
    #expect(try ledger.ask(admission("1", fingerprint: 2)).refusal?.kind == .otherBody)
    #expect(try ledger.ask(.inspect(commandID: "1", team: "support")).operation?.state == .done)
    #expect(try ledger.ask(.record(entry())).isRecorded)
    #expect(ledger.counters.failures.value > 0)
  }

  @Test("is left when there is room again, and the records of the meantime are written")
  func recovers() throws {
    let ledger = try scene.open(options: { $0.maximumPages = 40 })
    let count = try fill(ledger)
    _ = try ledger.ask(admission("1", requestID: "replayed while full"))
    // What is old enough is pruned, and that makes room.
    scene.clock.advance(.seconds(25 * 3600))
    var answer: LedgerAnswer
    repeat { answer = try ledger.ask(admission("again")) } while !answer.isAdmitted
    #expect(try ledger.ask(settlement("again")).isSettled)
    let records = try scene.records()
    #expect(records.contains { $0["request_id"]?.string == "replayed while full" })
    #expect(records.filter { $0["decision"]?.string == "forwarded" }.count >= count)
    ledger.close()
    #expect(try scene.open().ask(admission("again")).reply == reply)
  }

  @Test("keeps an outcome until it can be written: only then is it told, also to those who wait")
  func heldOutcome() throws {
    let ledger = try scene.open(options: { $0.maximumPages = 40 })
    let mailbox = Mailbox()
    _ = try ledger.ask(admission("held"))
    _ = try fill(ledger)
    let large = StoredReply(status: 200, fields: [:], body: [UInt8](repeating: 0x20, count: 20_000))
    let outcome = ledger.post(settlement("held", reply: large), mailbox)
    let waiter = ledger.post(admission("held"), mailbox)
    try ledger.waitForTurn()
    #expect(!mailbox.hasAnswer(outcome) && !mailbox.hasAnswer(waiter))
    scene.clock.advance(.seconds(25 * 3600))
    #expect(try mailbox.answer(outcome).isSettled)
    #expect(try mailbox.answer(waiter).reply == large)
  }

  @Test("undoes a batch as a whole: limits, commands and chain are as if it had never been")
  func undone() throws {
    let ledger = try scene.open(options: { $0.maximumPages = 40 })
    let limit = LimitCharge(
      rule: LimitRule(name: "two", per: .team, allow: 1, every: .seconds(365 * 86_400), burst: 2), key: "two")
    _ = try fill(ledger)
    for number in 1...5 {
      #expect(try ledger.ask(admission("n\(number)", body: body, limits: [limit])).refusal?.kind == .ledgerUnavailable)
    }
    scene.clock.advance(.seconds(25 * 3600))
    var answer: LedgerAnswer
    repeat {
      answer = try ledger.ask(admission("n1", limits: [limit]))
    } while answer.refusal?.kind == .ledgerUnavailable
    #expect(answer.statuses?.first?.remaining == 1)
    #expect(try ledger.ask(admission("n2", limits: [limit])).isAdmitted)
    #expect(try ledger.ask(admission("n3", limits: [limit])).refusal?.kind == .limited)
    ledger.close()
    let records = try scene.read { database in
      try Row.fetchAll(database, sql: "SELECT record, hash FROM audit ORDER BY seq")
    }
    var chain = AuditChain.start
    for row in records {
      let record: String = row["record"]
      let hash: Data = row["hash"]
      chain.append(Array(record.utf8))
      #expect(chain.hash == Array(hash))
    }
  }

  @Test("undoes what a batch counted of a flood: it is told once, by the attempt that held")
  func flood() throws {
    let ledger = try scene.open(options: { ($0.maximumPages, $0.floodAllowance) = (40, 2) })
    let mailbox = Mailbox()
    var audit = entry()
    audit.status = 401
    let requests =
      (1...30).map { _ in LedgerRequest.record(audit) } + (1...60).map { admission("\($0)", body: body) }
    ledger.submit(
      requests.map { AddressedLedgerRequest(exchange: mailbox.newExchange(), request: $0) }, to: mailbox)
    try mailbox.waitForAnswers(requests.count)
    #expect(ledger.counters.failures.value > 0)
    ledger.close()
    let refusals = try scene.records().filter { $0["status"]?.integer == 401 }
    #expect(refusals.reduce(0) { $0 + ($1["count"]?.integer ?? 1) } == 30)
    #expect(refusals.count < 10)
  }

  @Test(
    "of a real file system: who was admitted has space for the outcome, nobody else is admitted, until space returns",
    .enabled(if: TinyDisk.isPossible))
  func tinyDisk() throws {
    let disk = try TinyDisk(mebibytes: 32)
    let ledger = try openLedger(on: disk)
    defer { ledger.close() }
    let large = StoredReply(status: 200, fields: [:], body: [UInt8](repeating: 0x20, count: 16_000))
    for round in 1...2 {
      let ids = (1...150).map { "\(round)-\($0)" }
      for id in ids { #expect(try ledger.ask(admission(id, body: body)).isAdmitted) }
      // What is allocated is still given out; and what the ledger gives back after a first refusal is taken.
      var refusals = 0
      var number = 0
      while refusals < 2 {
        number += 1
        try disk.fill()
        let isAdmitted = try ledger.ask(admission("\(round)-filling-\(number)", body: body)).isAdmitted
        if isAdmitted { #expect(try ledger.ask(settlement("\(round)-filling-\(number)")).isSettled) }
        refusals = isAdmitted ? 0 : refusals + 1
      }
      let refused = try ledger.ask(admission("new", body: body)).refusal
      #expect(refused?.kind == .ledgerUnavailable && refused?.status == 503)
      for id in ids {
        #expect(try ledger.ask(settlement(id, reply: large)).isSettled)
        #expect(try ledger.ask(admission(id)).reply == large)
      }
      disk.empty()
      try ledger.waitUntilAdmitted("\(round)-again")
      #expect(try ledger.ask(settlement("\(round)-again")).isSettled)
    }
  }

  @Test(
    "leaves to others what it asked for in vain, and the records of a long full spell are written after it",
    .enabled(if: TinyDisk.isPossibleAsExt4))
  func spell() throws {
    let disk = try TinyDisk(ext4: 48)
    let ledger = try openLedger(on: disk)
    #expect(try ledger.ask(admission("known")).isAdmitted)
    #expect(try ledger.ask(settlement("known")).isSettled)
    try disk.fill()
    var number = 0
    while try ledger.ask(admission("filling-\(number)")).isAdmitted {
      #expect(try ledger.ask(settlement("filling-\(number)")).isSettled)
      try disk.fill()
      number += 1
    }
    let mailbox = Mailbox()
    let replays = 10_000
    for _ in 0..<replays { _ = ledger.post(admission("known"), mailbox) }
    try mailbox.waitForAnswers(replays)
    disk.empty()
    try ledger.waitUntilAdmitted("again")
    #expect(try ledger.ask(settlement("again")).isSettled)
    #expect(disk.available > 8 << 20)
    ledger.close()
    var status = stat()
    #expect(stat(disk.file("ledger.db"), &status) == 0)
    #expect(Int(status.st_blocks) * 512 <= Int(status.st_size) + 64 << 10)
    let database = try DatabaseQueue(path: disk.file("ledger.db"))
    let written = try database.read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM audit WHERE decision = 'replayed'")
    }
    #expect(written == replays)
    try database.close()
  }

  @Test("is left by a log that can be moved into the database", .enabled(if: TinyDisk.isPossible))
  func restarted() throws {
    // The log alone would fill it many times.
    let disk = try TinyDisk(mebibytes: 8)
    let ledger = try openLedger(on: disk)
    defer { ledger.close() }
    for number in 1...1500 {
      #expect(try ledger.ask(admission("\(number)")).isAdmitted)
      #expect(try ledger.ask(settlement("\(number)")).isSettled)
    }
  }
}
