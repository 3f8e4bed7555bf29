import Conference
import Gateway
import Ledger
import TestKit
import Testing

/// A few commands, a ledger and a model of Telnyx; callers repeat, replies are lost, the process is killed, the calendar
/// is set, in an order that a seed decides. Throws or records an issue where a promise is broken.
final class RandomLife {
  private static let ids = ["a", "b", "c"]

  private var random: SeededRandom
  private var scene: Scene
  private var ledger: SQLiteLedger
  private var telnyx = ModelTelnyx()
  /// Seconds, by a clock that nobody sets.
  private var time = 0
  private var mailbox = Mailbox()
  /// Who sends a command, who looks one up.
  private var sending: [String: ExchangeID] = [:]
  private var lookingUp: [String: ExchangeID] = [:]
  private var waiting: [String: [ExchangeID]] = [:]
  /// The body that a command was first admitted with, until it is free again.
  private var fingerprints: [String: UInt8] = [:]
  /// What callers were told of a command.
  private var told: [String: StoredReply] = [:]
  private(set) var events: [String: Int] = [:]

  init(seed: UInt64) throws {
    random = SeededRandom(seed)
    scene = try Scene()
    ledger = try scene.open()
  }

  func step() throws {
    let id = Self.ids.randomElement(using: &random) ?? ""
    switch random.next() % 16 {
    case 0...5: try ask(id)
    case 6...8: if sending[id] != nil { try reply(to: id) }
    case 9, 10: if lookingUp[id] != nil { try lookUp(id) }
    case 11: try crash()
    case 12: scene.clock.set(by: .seconds(Int64.random(in: -600...600, using: &random)))
    default:
      let seconds = [1, 10, 30, 50].randomElement(using: &random) ?? 0
      time += seconds
      scene.clock.advance(.seconds(Int64(seconds)))
    }
    for id in Self.ids { #expect(telnyx.executed(id) <= 1, "\(id) was executed \(telnyx.executed(id)) times") }
  }

  /// All that is under way comes to an end.
  func finish() throws {
    for id in sending.keys.sorted() { try reply(to: id) }
    for id in lookingUp.keys.sorted() { try lookUp(id) }
    #expect(waiting.isEmpty, "somebody waits for nothing")
    ledger.close()
  }

  private func count(_ event: String) { events[event, default: 0] += 1 }

  private func ask(_ id: String) throws {
    let fingerprint: UInt8 = random.next() % 8 == 0 ? 2 : 1
    let exchange = ledger.post(admission(id, fingerprint: fingerprint), mailbox)
    try ledger.waitForTurn()
    guard mailbox.hasAnswer(exchange) else {
      #expect(sending[id] != nil || lookingUp[id] != nil, "\(id) waits, but nobody sends it")
      waiting[id, default: []].append(exchange)
      return count("waited")
    }
    heard(try mailbox.answer(exchange), exchange, id, fingerprint)
  }

  private func heard(_ answer: LedgerAnswer, _ exchange: ExchangeID, _ id: String, _ fingerprint: UInt8) {
    switch answer {
    case .admitted:
      #expect(sending[id] == nil && telnyx.executed(id) == 0, "\(id) is new again")
      send(id, exchange)
      fingerprints[id] = fingerprint
      count("admitted")
    case .resume:
      #expect(sending[id] == nil && fingerprints[id] == fingerprint)
      send(id, exchange)
      count("resumed")
    case .reconcile:
      #expect(sending[id] == nil && lookingUp[id] == nil && fingerprints[id] == fingerprint)
      lookingUp[id] = exchange
      count("handed out")
    case .replayed(let reply, _):
      #expect(fingerprints[id] == fingerprint)
      hear(reply, of: id)
      count("replayed")
    case .refused(let refusal, _):
      #expect(refusal.kind == .otherBody && fingerprints[id] != fingerprint)
      count("refused")
    default: Issue.record("\(id) was answered \(answer)")
    }
  }

  private func hear(_ reply: StoredReply, of id: String) {
    // Before an outcome is known callers may be told that; afterwards all are told the same.
    guard reply.status == 200 else { return }
    #expect(told[id] == nil || told[id] == reply, "\(id) has two answers")
    #expect(telnyx.conference(of: id) == reply)
    told[id] = reply
  }

  /// It arrives at once, or never: a send is given up long before Telnyx forgets the first one.
  private func send(_ id: String, _ exchange: ExchangeID) {
    sending[id] = exchange
    if random.next() % 2 == 0 { _ = telnyx.execute(id, at: time) }
  }

  /// The send has an outcome, which may be lost on its way.
  private func reply(to id: String) throws {
    guard let exchange = sending.removeValue(forKey: id) else { return }
    let isLost = random.next() % 2 == 0
    let conference = telnyx.conference(of: id)
    let isExecuted = conference != nil
    let reply = conference ?? refusal
    let outcome: Settlement.Outcome = isLost ? .unknown : isExecuted ? .done(conferenceID: "c") : .free
    let heard = isLost ? timeout : reply
    ledger.submit(settlement(id, outcome, reply: heard), for: exchange, to: mailbox)
    try ledger.waitForTurn()
    if outcome == .free { fingerprints[id] = nil }
    if !isLost, isExecuted { hear(reply, of: id) }
    for waiter in waiting.removeValue(forKey: id) ?? [] {
      let told = try mailbox.answer(waiter)
      #expect(told.reply == heard, "\(id): who waited was told \(told)")
    }
    count(isLost ? "lost" : "settled")
  }

  private func lookUp(_ id: String) throws {
    guard let exchange = lookingUp.removeValue(forKey: id) else { return }
    let isClear = random.next() % 4 != 0
    let found = telnyx.conference(of: id)
    let finding: Resolution.Finding =
      !isClear ? .unclear : found.map { .found(conferenceID: "c", reply: $0) } ?? .absent
    ledger.submit(resolution(finding, of: id), for: exchange, to: mailbox)
    try ledger.waitForTurn()
    if finding == .absent { fingerprints[id] = nil }
    for waiter in [exchange] + (waiting.removeValue(forKey: id) ?? []) {
      let answer = try mailbox.answer(waiter)
      switch finding {
      case .found(_, let reply):
        #expect(answer.reply == reply)
        hear(reply, of: id)
      case .absent: #expect(answer.isAbsent)
      case .unclear: #expect(answer.refusal?.status == 409)
      }
    }
    count(isClear ? "looked up" : "looked up in vain")
  }

  /// The process dies. Its file and log are all that is left.
  private func crash() throws {
    let left = try Scene(clock: scene.clock)
    for suffix in ["", "-wal"] { try write(try #require(contents(scene.path + suffix)), to: left.path + suffix) }
    ledger.close()
    (scene, mailbox, sending, lookingUp, waiting) = (left, Mailbox(), [:], [:], [:])
    ledger = try scene.open()
    count("killed")
  }

  private let refusal = StoredReply(status: 422, fields: [], body: [])
  private let timeout = StoredReply(status: 504, fields: [], body: [])
}
