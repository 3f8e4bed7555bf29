import Crypto
import EventLoop
import Gateway
import Upstream

/// Attempts that all begin at once on a loop with two connections, which this thread runs until so many have ended.
final class Crowd: AttemptReceiving {
  private(set) var outcomes: [UInt64: AttemptOutcome] = [:]

  private let loop: EventLoop
  private let upstream: CurlUpstream
  private var left: Int

  private let padding: String

  /// - Parameters:
  ///   - padding: bytes by which each body is larger than it need be.
  ///   - attemptTimeout: what is configured; each attempt has its own beside it.
  init(to url: String, token: String, ends: Int, padding: Int = 0, attemptTimeout: Duration = .seconds(10)) throws {
    loop = try EventLoop()
    self.padding = String(repeating: "x", count: padding)
    var settings = UpstreamSettings()
    settings.url = url
    settings.attemptTimeout = attemptTimeout
    upstream = try CurlUpstream(
      settings: settings, connections: 2, tokens: TokenStore([Secret(Array(token.utf8))]),
      resolver: HostResolver(url: url),
      userAgent: "tests", loop: loop)
    left = ends
    upstream.receiver = self
  }

  /// - Parameters:
  ///   - timeouts: one attempt for each.
  ///   - notAfter: from the start, by the number of an attempt.
  ///   - ended: leases that are over once all are on their way; an attempt's has its number and one.
  func run(
    timeouts: [Duration], cancelled: [UInt64] = [], notAfter: [Int: Duration] = [:], ended: Set<UInt64> = [],
    traceparent: TraceParent? = nil
  ) -> [UInt64: AttemptOutcome] {
    upstream.mayStillSend = { !ended.contains($0) }
    let start = MonotonicTime.now
    for (number, timeout) in timeouts.enumerated() {
      let attempt = UpstreamAttempt(
        path: "/conferences", body: Array(#"{"call_control_id":"v3:leg","name":"n\#(number)\#(padding)"}"#.utf8),
        fields: HeaderFields(), traceparent: traceparent, token: 0, timeout: timeout,
        notAfter: notAfter[number].map { start + $0 }, lease: UInt64(number) + 1)
      upstream.send(attempt, for: ExchangeID(number: UInt64(number)))
    }
    for number in cancelled { upstream.cancel(ExchangeID(number: number)) }
    loop.run()
    upstream.close()
    return outcomes
  }

  func attemptEnded(_ outcome: AttemptOutcome, of exchange: ExchangeID) {
    outcomes[exchange.number] = outcome
    left -= 1
    if left == 0 { loop.stop() }
  }
}
