import Audit
import Conference
import EventLoop
import Gateway
import Ledger
import LedgerSQLite
import Testing

/// A worker's mailbox: keeps what it receives until the test asks.
final class Mailbox: LedgerAnswerReceiving {
  private struct State: Sendable {
    var answers: [UInt64: LedgerAnswer] = [:]
    var leases: [UInt64: UInt64] = [:]
    var order: [UInt64] = []
    var deliveries: [Int] = []
    var noted: [Int] = []
    var last: UInt64 = 0
  }

  private let monitor = Monitor(State())
  private let number: @Sendable () -> Int

  /// - Parameter number: is noted at each delivery, on the ledger's thread.
  init(noting number: @escaping @Sendable () -> Int = { 0 }) { self.number = number }

  func receive(_ answers: [AddressedLedgerAnswer]) {
    monitor.withLock { state in
      for answer in answers {
        state.answers[answer.exchange.number] = answer.answer
        state.leases[answer.exchange.number] = answer.lease
        state.order.append(answer.exchange.number)
      }
      state.deliveries.append(answers.count)
      state.noted.append(number())
    }
    monitor.wake()
  }

  /// Exchanges in the order in which they were answered.
  var order: [UInt64] { monitor.withLock { $0.order } }
  /// How many answers came with each call.
  var deliveries: [Int] { monitor.withLock { $0.deliveries } }

  var noted: [Int] { monitor.withLock { $0.noted } }

  func newExchange() -> ExchangeID {
    monitor.withLock { state in
      state.last += 1
      return ExchangeID(number: state.last)
    }
  }

  /// Waits for the answer. The limit only keeps a broken test from hanging.
  func answer(_ exchange: ExchangeID) throws -> LedgerAnswer {
    try #require(monitor.wait(until: .now + .seconds(120)) { $0.answers[exchange.number] }, "no answer came")
  }

  /// Under which the answer was given, once it is there.
  func lease(of exchange: ExchangeID) -> UInt64? { monitor.withLock { $0.leases[exchange.number] } }

  func hasAnswer(_ exchange: ExchangeID) -> Bool {
    monitor.withLock { $0.answers[exchange.number] != nil }
  }

  func waitForAnswers(_ count: Int) throws {
    let isThere: Void? = monitor.wait(until: .now + .seconds(60)) { $0.answers.count >= count ? () : nil }
    try #require(isThere != nil, "not all answers came")
  }
}

extension StoredLedger {
  /// Submits and waits.
  func ask(_ request: LedgerRequest, _ mailbox: Mailbox = Mailbox()) throws -> LedgerAnswer {
    let exchange = mailbox.newExchange()
    submit(request, for: exchange, to: mailbox)
    return try mailbox.answer(exchange)
  }

  func post(_ request: LedgerRequest, _ mailbox: Mailbox) -> ExchangeID {
    let exchange = mailbox.newExchange()
    submit(request, for: exchange, to: mailbox)
    return exchange
  }

  /// Waits until everything that was submitted before is decided.
  func waitForTurn() throws {
    _ = try ask(.inspect(commandID: "no such command", team: "nobody"))
  }

  /// Asks until it can be written again.
  func waitUntilAdmitted(_ commandID: String) throws {
    let end = ContinuousClock.now + .seconds(60)
    while case let answer = try ask(admission(commandID)), !answer.isAdmitted {
      #expect(answer.refusal?.kind == .ledgerUnavailable)
      try #require(ContinuousClock.now < end, "it never could")
    }
  }
}

extension LedgerAnswer {
  var isAdmitted: Bool { if case .admitted = self { true } else { false } }
  var statuses: [LimitStatus]? {
    switch self {
    case .admitted(let statuses), .refused(_, let statuses): statuses
    default: nil
    }
  }
  var refusal: Refusal? { if case .refused(let refusal, _) = self { refusal } else { nil } }
  var reply: StoredReply? { if case .replayed(let reply, _) = self { reply } else { nil } }
  var joined: String? {
    switch self {
    case .replayed(_, let commandID): commandID
    case .resume(let command, _): command.commandID
    default: nil
    }
  }
  var resumed: [UInt8]? { if case .resume(let command, _) = self { command.body } else { nil } }
  var windowLeft: Duration? { if case .resume(_, let left) = self { left } else { nil } }
  var handedOut: UnknownCommand? { if case .reconcile(let command) = self { command } else { nil } }
  var isAbsent: Bool { if case .absent = self { true } else { false } }
  var isSettled: Bool { if case .settled = self { true } else { false } }
  var isRecorded: Bool { if case .recorded = self { true } else { false } }
  var operation: Operation? { if case .operation(let operation) = self { operation } else { nil } }
}
