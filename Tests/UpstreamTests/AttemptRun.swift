import Crypto
import EventLoop
import Gateway
import Upstream

/// Attempts, one after the other, on a loop that this thread runs until all have ended.
final class AttemptRun: AttemptReceiving {
  private(set) var outcomes: [AttemptOutcome] = []

  private let loop: EventLoop
  private let upstream: CurlUpstream
  private var left: Int

  init(_ count: Int, to url: String, token: String, resolver: HostResolver? = nil) throws {
    loop = try EventLoop()
    var settings = UpstreamSettings()
    settings.url = url
    // Beyond the suites' time limits: what libcurl's own timers would rescue at last has failed here.
    settings.connectTimeout = .seconds(300)
    upstream = try CurlUpstream(
      settings: settings, connections: 4, tokens: TokenStore([Secret(Array(token.utf8))]),
      resolver: resolver ?? HostResolver(url: url),
      userAgent: "tests", loop: loop)
    left = count
    upstream.receiver = self
  }

  func run() -> [AttemptOutcome] {
    next()
    loop.run()
    upstream.close()
    return outcomes
  }

  func attemptEnded(_ outcome: AttemptOutcome, of exchange: ExchangeID) {
    outcomes.append(outcome)
    if left == 0 { loop.stop() } else { next() }
  }

  private func next() {
    left -= 1
    let body = #"{"call_control_id":"v3:leg","name":"n\#(left)"}"#
    let attempt = UpstreamAttempt(
      path: "/conferences", body: Array(body.utf8), fields: HeaderFields(), token: 0, timeout: .seconds(300))
    upstream.send(attempt, for: ExchangeID(number: UInt64(left)))
  }
}
