import Gateway
import Testing

/// A Telnyx that keeps each attempt until the test says how it ended.
final class FakeUpstream: UpstreamSending {
  var mayStillSend: ((_ lease: UInt64) -> Bool)?
  var receiver: (any AttemptReceiving)?
  private(set) var underWay: [(attempt: UpstreamAttempt, exchange: ExchangeID)] = []
  private(set) var cancelled: [ExchangeID] = []
  /// Of everything that was sent, in order.
  private(set) var sent: [UpstreamAttempt] = []

  func send(_ attempt: UpstreamAttempt, for exchange: ExchangeID) {
    sent.append(attempt)
    underWay.append((attempt, exchange))
  }

  func cancel(_ exchange: ExchangeID) { cancelled.append(exchange) }

  /// The oldest attempt that is under way ends.
  func end(_ outcome: AttemptOutcome) throws {
    try #require(!underWay.isEmpty, "nothing is under way")
    let exchange = underWay.removeFirst().exchange
    receiver?.attemptEnded(outcome, of: exchange)
  }

  /// What was cancelled ends as libcurl ends it: its body has left.
  func endCancelled() {
    for exchange in cancelled {
      guard let index = underWay.firstIndex(where: { $0.exchange == exchange }) else { continue }
      underWay.remove(at: index)
      receiver?.attemptEnded(.lost(TransportFailure(name: "cancelled", detail: "")), of: exchange)
    }
    cancelled = []
  }
}
