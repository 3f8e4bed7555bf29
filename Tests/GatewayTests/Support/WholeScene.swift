import EventLoop
import JSON
import Ledger
import Logging
import MemoryLedger
import TestKit
import Testing

@testable import Gateway

/// A pipeline with a whole ledger, whose rows are in memory: only Telnyx is the test's.
final class WholeScene {
  let storage = MemoryStorage()
  let upstream = FakeUpstream()
  let pipeline: GatewayPipeline
  private let ledger: StoredLedger
  private let mailbox = GatheringMailbox()
  private let loop: EventLoop

  /// - Parameter allow: creates a second, and five at once.
  init(allow: Int = 5) throws {
    var options = LedgerOptions()
    options.organization = "example"
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ledger = try StoredLedger(
      in: storage, settings: LedgerSettings(), sinks: AuditSettings(), options: options, logger: logger,
      onFatal: { _ in })
    loop = try EventLoop()
    pipeline = GatewayPipeline(
      snapshot: GatewaySnapshot(try Material.configuration(limit: allow)),
      health: UpstreamHealth(tokens: [Material.digest(0)]), metrics: GatewayMetrics(), ledger: ledger,
      mailbox: mailbox, upstream: upstream, loop: loop, log: logger, threshold: LogThreshold(.info), collector: nil)
    loop.turn(at: Material.start)
  }

  // The loop keeps the pipeline, which keeps the loop.
  deinit {
    upstream.receiver = nil
    loop.stop()
    loop.run()
  }

  func create(_ commandID: String, more: String = "") throws -> FakeCaller {
    let caller = FakeCaller()
    pipeline.received(
      Material.request(body: Material.body(commandID, more: more), at: Material.start), responder: Responder(caller))
    try turn()
    return caller
  }

  /// The oldest attempt that is under way ends.
  func end(_ outcome: AttemptOutcome) throws {
    try upstream.end(outcome)
    try turn()
  }

  /// Until the ledger has no answer any more.
  private func turn() throws {
    var answers: [AddressedLedgerAnswer] = []
    repeat {
      pipeline.ledgerAnswered(answers)
      loop.turn(at: Material.start)
      // Answered behind all that was asked before.
      ledger.submit(
        .inspect(commandID: "no such command", team: "nobody"), for: GatheringMailbox.last, to: mailbox)
      answers = try mailbox.takeAll()
    } while !answers.isEmpty
  }

  /// What stands in this field of the records that have it, in their order.
  func records(_ field: String) throws -> [String] {
    try storage.records.compactMap { try JSONValue.parse($0)[field]?.string }
  }
}

/// Keeps answers until one comes that the scene has asked for itself.
private final class GatheringMailbox: LedgerAnswerReceiving {
  static let last = ExchangeID(number: .max)

  private let monitor = Monitor<[AddressedLedgerAnswer]>([])

  func receive(_ answers: [AddressedLedgerAnswer]) {
    monitor.withLock { $0 += answers }
    monitor.wake()
  }

  func takeAll() throws -> [AddressedLedgerAnswer] {
    let all: [AddressedLedgerAnswer]? = monitor.wait(until: .now + .seconds(60)) { answers in
      guard answers.contains(where: { $0.exchange == Self.last }) else { return nil }
      defer { answers = [] }
      return answers
    }
    return try #require(all, "the ledger doesn't answer").filter { $0.exchange != Self.last }
  }
}
