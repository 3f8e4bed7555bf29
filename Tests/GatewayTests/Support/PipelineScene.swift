import EventLoop
import Logging
import TestKit
import Testing

@testable import Gateway

/// A pipeline between a ledger and a Telnyx that the test plays, on a clock that it moves.
final class PipelineScene {
  let ledger = FakeLedger()
  let upstream = FakeUpstream()
  let health: UpstreamHealth
  let metrics = GatewayMetrics()
  let log = LogLines()
  let collector = FakeCollector()
  let pipeline: GatewayPipeline
  private let loop: EventLoop
  private(set) var now = Material.start

  /// - Parameters:
  ///   - level: from which on the process has lines of the log.
  ///   - ratio: of the traces that begin here; nil = nobody takes spans.
  init(
    tokens: Int = 1, level: Logger.Level = .info, ratio: Double? = nil,
    settings change: (inout UpstreamSettings) -> Void = { _ in }
  ) throws {
    loop = try EventLoop()
    health = UpstreamHealth(tokens: (0..<tokens).map { Material.digest(UInt8($0)) })
    pipeline = GatewayPipeline(
      snapshot: GatewaySnapshot(try Material.configuration(ratio: ratio, change: change)), health: health,
      metrics: metrics, ledger: ledger, mailbox: UnusedMailbox(), upstream: upstream, loop: loop, log: log.logger,
      threshold: LogThreshold(level), collector: ratio == nil ? nil : collector)
    loop.turn(at: now)
  }

  // The loop keeps the pipeline, which keeps the loop.
  deinit {
    upstream.receiver = nil
    loop.stop()
    loop.run()
  }

  // MARK: Time

  func turn() { loop.turn(at: now) }

  func pass(_ duration: Duration) {
    now = now + duration
    turn()
  }

  /// To the deadline of a request that has just come.
  func passDeadline() { pass(pipeline.snapshot.upstream.deadline) }

  // MARK: Callers

  func receive(_ request: IncomingRequest) -> FakeCaller {
    let caller = FakeCaller()
    pipeline.received(request, responder: Responder(caller))
    turn()
    return caller
  }

  /// A create, up to where the ledger was asked.
  func create(
    _ commandID: String = "c-1", more: String = "", fields: HeaderFields = [:]
  ) throws -> (caller: FakeCaller, exchange: ExchangeID) {
    let request = Material.request(fields: fields, body: Material.body(commandID, more: more), at: now)
    let caller = receive(request)
    let asked = try ledger.takeOne()
    #expect(asked.request.summary == "admit \(commandID)")
    return (caller, asked.exchange)
  }

  /// A create that is being sent.
  func sending(
    _ commandID: String = "c-1", fields: HeaderFields = [:]
  ) throws -> (caller: FakeCaller, exchange: ExchangeID) {
    let created = try create(commandID, fields: fields)
    answer(.admitted([]), to: created.exchange)
    try #require(upstream.underWay.count == 1)
    return created
  }

  // MARK: The ledger

  func answer(_ answer: LedgerAnswer, to exchange: ExchangeID) {
    pipeline.ledgerAnswered([AddressedLedgerAnswer(exchange: exchange, answer: answer, lease: ledger.lease)])
    turn()
  }

  /// The ledger is asked to settle the command so, and says that it has.
  func settle(
    _ expected: String, _ exchange: ExchangeID, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Settlement {
    let asked = try ledger.takeOne()
    #expect(asked.request.summary == "settle \(expected)", sourceLocation: sourceLocation)
    answer(.settled, to: exchange)
    guard case .settle(let settlement) = asked.request else { throw Failure("nothing was settled") }
    return settlement
  }

  // MARK: Telnyx

  func end(_ outcome: AttemptOutcome) throws {
    try upstream.end(outcome)
    turn()
  }

  func endCancelled() {
    upstream.endCancelled()
    turn()
  }

  // MARK: The end

  func abandon() {
    pipeline.announceStop()
    pipeline.drain()
    pipeline.abandon()
    turn()
  }

  /// What the log has but for what is wrong at Telnyx.
  var faults: [String] { log.all.filter { !$0.contains("Telnyx") } }

  /// Nothing is open, nothing more happens, and nothing was odd.
  var isOver: Bool {
    pass(.seconds(60))
    return pipeline.isIdle && ledger.heard().isEmpty && faults.isEmpty
  }
}

/// Runs both, the one or the other first.
func run(_ isReversed: Bool, _ first: () throws -> Void, _ second: () throws -> Void) rethrows {
  if isReversed {
    try second()
    try first()
  } else {
    try first()
    try second()
  }
}
