import Crypto
import EventLoop
import Gateway
import Upstream

/// A command whose first send is lost, over an upstream with one connection: as soon as that is free, somebody else's
/// attempt takes it, and the resend waits.
final class QueuedResend: AttemptReceiving {
  private static let command = ExchangeID(number: 1)
  private static let other = ExchangeID(number: 2)
  private static let otherBody = Array("other".utf8)

  private let loop: EventLoop
  private let upstream: CurlUpstream
  private let otherTimeout: Duration
  private var life: CommandLife
  private var otherHasBegun = false
  private var otherHasEnded = false
  private var verdict: CommandLife.Verdict?

  /// - Parameters:
  ///   - window: for resends of the command.
  ///   - other: how long the other attempt has the connection.
  init(to url: String, window: Duration, other: Duration) throws {
    loop = try EventLoop()
    var settings = UpstreamSettings()
    settings.url = url
    upstream = try CurlUpstream(
      settings: settings, connections: 1, tokens: TokenStore([Secret(Array("t".utf8))]),
      resolver: HostResolver(url: url), userAgent: "tests", loop: loop)
    otherTimeout = other
    life = CommandLife(
      bounds: CommandLife.Bounds(
        attempts: 3, attemptTimeout: .seconds(20), deadline: loop.now + .seconds(60), tokens: [0],
        resendWindow: window))
    upstream.receiver = self
  }

  static func isOther(_ body: [UInt8]) -> Bool { body == otherBody }

  /// Returns when both have ended.
  func run() -> CommandLife.Verdict? {
    perform(life.begin(at: loop.now))
    loop.run()
    upstream.close()
    return verdict
  }

  func attemptEnded(_ outcome: AttemptOutcome, of exchange: ExchangeID) {
    guard exchange == Self.command else {
      otherHasEnded = true
      return stopAtEnd()
    }
    if !otherHasBegun {
      otherHasBegun = true
      send(Self.otherBody, timeout: otherTimeout, notAfter: nil, for: Self.other)
    }
    perform(life.attemptEnded(outcome, at: loop.now, jitter: 0, mayRetry: { true }))
  }

  private func perform(_ action: CommandLife.Action) {
    switch action {
    case .send(_, let timeout, let notAfter):
      send(Array("command".utf8), timeout: timeout, notAfter: notAfter, for: Self.command)
    case .wait(let until):
      loop.timers.schedule(at: until) { [self] in perform(life.backoffEnded(at: loop.now)) }
    case .note: perform(life.tokenNoted(at: loop.now))
    case .settle(let verdict):
      self.verdict = verdict
      stopAtEnd()
    }
  }

  private func send(_ body: [UInt8], timeout: Duration, notAfter: MonotonicTime?, for exchange: ExchangeID) {
    let attempt = UpstreamAttempt(
      path: "/conferences", body: body, fields: HeaderFields(), token: 0, timeout: timeout, notAfter: notAfter)
    upstream.send(attempt, for: exchange)
  }

  private func stopAtEnd() { if verdict != nil, otherHasEnded { loop.stop() } }
}
