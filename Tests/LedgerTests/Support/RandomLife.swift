import Audit
import Conference
import EventLoop
import Gateway
import Ledger
import LedgerSQLite
import TestKit
import Testing

/// A few commands, a ledger, their lives and a model of Telnyx; callers repeat, sends wait and arrive late, replies are
/// lost or make no sense, the process is killed, the calendar is set, in an order that a seed decides. Throws or records an
/// issue where a promise is broken.
final class RandomLife {
  /// Of the commands that callers repeat; one that is done and was replayed makes room for a new one.
  private var ids: [String]
  private var retired: [String] = []

  struct Sending {
    let exchange: ExchangeID
    var life: CommandLife
    let isResumed: Bool
    let firstSent: MonotonicTime
    /// An earlier attempt of this life may have been executed.
    var mayBeExecuted = false
    var attempt = Attempt.none
  }

  /// What is under way of a life.
  enum Attempt {
    case none
    /// The first byte leaves, or would be too late, at a time; libcurl gives up at another.
    case sending(leaves: Int?, ends: Int)
    case backingOff(until: MonotonicTime)
  }

  var random: SeededRandom
  private var scene: Scene
  private(set) var ledger: StoredLedger
  var telnyx: ModelTelnyx
  /// Seconds, by a clock that nobody sets.
  private(set) var time = 0
  private(set) var mailbox = Mailbox()
  /// Who sends a command, who looks one up.
  var sending: [String: Sending] = [:]
  private var lookingUp: [String: (exchange: ExchangeID, command: UnknownCommand)] = [:]
  var waiting: [String: [ExchangeID]] = [:]
  /// The body that a command was first admitted with, until it is free again.
  var fingerprints: [String: UInt8] = [:]
  /// What callers were told of a command.
  private var told: [String: StoredReply] = [:]
  private(set) var events: [String: Int] = [:]

  /// Whether all commands have one name.
  private let areTwins: Bool
  /// Seconds by which Telnyx's clock is ahead, about.
  private let ahead: Int

  /// Every other seed is for one command alone: to that more happens.
  init(seed: UInt64) throws {
    ids = seed % 2 == 0 ? ["a", "b", "c"] : ["a"]
    random = SeededRandom(seed)
    areTwins = seed % 4 == 0
    scene = try Scene()
    telnyx = ModelTelnyx(start: scene.clock.wall)
    ahead = [-3600, -35, 0, 35, 3600].randomElement(using: &random) ?? 0
    telnyx.ahead = ahead
    telnyx.pageSize = [1, 2, 250].randomElement(using: &random) ?? 1
    if seed % 3 == 0 { telnyx.form = { $0.uppercased() } }
    ledger = try scene.open()
  }

  func name(of id: String) -> String { areTwins ? "standup" : "standup of \(id.filter(\.isLetter))" }

  func step() throws {
    let id = ids.randomElement(using: &random) ?? ""
    switch random.next() % 16 {
    case 0...5: try ask(id)
    case 6...8: if sending[id] != nil { try goOn(with: id) }
    case 9, 10: if lookingUp[id] != nil { try lookUp(id) }
    case 11: try crash()
    case 12:
      scene.clock.set(by: .seconds(Int64.random(in: -600...600, using: &random)))
      // Telnyx's, too, by as much as its clocks may differ.
      telnyx.ahead = ahead + Int.random(in: -60...60, using: &random)
    default:
      let seconds = [1, 4, 10, 15, 20, 40].randomElement(using: &random) ?? 0
      time += seconds
      scene.clock.advance(.seconds(Int64(seconds)))
      telnyx.advance(to: time)
    }
    for id in ids + retired { #expect(telnyx.executed(id) <= 1, "\(id) was executed \(telnyx.executed(id)) times") }
  }

  /// All that is under way comes to an end.
  func finish() throws {
    for id in sending.keys.sorted() { while sending[id] != nil { try goOn(with: id) } }
    for id in lookingUp.keys.sorted() { try lookUp(id) }
    #expect(waiting.isEmpty, "somebody waits for nothing")
    ledger.close()
    telnyx.advance(to: time + 1000)
    for id in ids + retired { #expect(telnyx.executed(id) <= 1, "\(id) was executed \(telnyx.executed(id)) times") }
  }

  func count(_ event: String) { events[event, default: 0] += 1 }

  private func ask(_ id: String) throws {
    let fingerprint: UInt8 = random.next() % 8 == 0 ? 2 : 1
    let exchange = ledger.post(admission(id, fingerprint: fingerprint, name: name(of: id)), mailbox)
    try ledger.waitForTurn()
    guard mailbox.hasAnswer(exchange) else {
      #expect(sending[id] != nil || lookingUp[id] != nil, "\(id) waits, but nobody sends it")
      waiting[id, default: []].append(exchange)
      return count("waited")
    }
    try heard(try mailbox.answer(exchange), exchange, id, fingerprint)
  }

  private func heard(_ answer: LedgerAnswer, _ exchange: ExchangeID, _ id: String, _ fingerprint: UInt8) throws {
    switch answer {
    case .admitted:
      #expect(sending[id] == nil && telnyx.executed(id) == 0, "\(id) is new again")
      fingerprints[id] = fingerprint
      count("admitted")
      try begin(id, exchange, windowEnd: nil)
    case .resume(_, let windowLeft):
      #expect(sending[id] == nil && fingerprints[id] == fingerprint)
      count("resumed")
      try begin(id, exchange, windowEnd: now + windowLeft)
    case .reconcile(let command):
      #expect(sending[id] == nil && lookingUp[id] == nil && fingerprints[id] == fingerprint)
      lookingUp[id] = (exchange, command)
      count("handed out")
    case .replayed(let reply, _):
      #expect(fingerprints[id] == fingerprint)
      hear(reply, of: id)
      count("replayed")
      if random.next() % 4 == 0, let index = ids.firstIndex(where: { $0 == id }) {
        retired.append(id)
        ids[index] = "\(id)'"
      }
    case .refused(let refusal, _):
      #expect(refusal.kind == .otherBody && fingerprints[id] != fingerprint)
      count("refused")
    default: Issue.record("\(id) was answered \(answer)")
    }
  }

  func hear(_ reply: StoredReply, of id: String) {
    // Before an outcome is known callers may be told that; afterwards all are told the same.
    guard reply.status == 200 else { return }
    #expect(told[id] == nil || told[id] == reply, "\(id) has two answers")
    #expect(telnyx.conference(of: id)?.body == reply.body)
    told[id] = reply
  }

  private func lookUp(_ id: String) throws {
    guard let (exchange, command) = lookingUp.removeValue(forKey: id) else { return }
    let isClear = random.next() % 4 != 0
    let finding = isClear ? find(command) : .unclear
    if finding == .absent { #expect(telnyx.executed(id) == 0, "\(id) was executed") }
    ledger.submit(resolution(finding, of: id), for: exchange, to: mailbox)
    try ledger.waitForTurn()
    if finding == .absent { fingerprints[id] = nil }
    for waiter in [exchange] + (waiting.removeValue(forKey: id) ?? []) {
      let answer = try mailbox.answer(waiter)
      switch finding {
      case .found(_, let reply):
        guard let told = answer.reply else {
          #expect(answer.refusal?.status == 409 && areTwins, "\(id) is nobody else's")
          count("a twin's")
          continue
        }
        #expect(told == reply)
        hear(reply, of: id)
        count("found")
      case .absent:
        #expect(answer.isAbsent)
        count("absent")
      case .unclear: #expect(answer.refusal?.status == 409)
      }
    }
    count(isClear ? "looked up" : "looked up in vain")
  }

  /// The process dies. Its file and log are all that is left.
  private func crash() throws {
    let left = try scene.killed()
    ledger.close()
    telnyx.senderDies(at: time)
    (scene, mailbox, sending, lookingUp, waiting) = (left, Mailbox(), [:], [:], [:])
    ledger = try scene.open()
    count("killed")
  }
}
