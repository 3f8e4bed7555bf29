package import EventLoop
internal import Synchronization

/// What all workers have learned of Telnyx: whether it is up, how many resends are left, which token it takes.
package final class UpstreamHealth: Sendable {
  fileprivate struct State {
    var breaker = CircuitBreaker()
    var budget = RetryBudget()
    var lookUps = LookUpBudget()
    /// Of each token that there ever was, by its number.
    var digests: [TokenDigest]
    /// The numbers of those that are configured, in the order of the configuration.
    var tokens: [Int]
    var preferredToken = 0
    var preferredUntil = MonotonicTime(nanoseconds: .min)
    /// Until when each token that Telnyx has refused counts as such; nobody may ask with it meanwhile.
    var refused: [Int: MonotonicTime] = [:]
    var conditions = UpstreamConditions()
  }

  /// How long a token that was taken after another was refused goes first, and how long one that was refused counts as such.
  fileprivate static let preference: Duration = .seconds(60)

  private let state: Mutex<State>

  /// - Parameter tokens: as they are configured; they are numbered from 0.
  package init(tokens: [TokenDigest]) {
    state = Mutex(State(digests: tokens, tokens: Array(tokens.indices)))
  }

  /// How long nothing new is sent yet, or nil.
  package func unavailability(at now: MonotonicTime) -> Duration? {
    state.withLock { $0.breaker.unavailability(at: now) }
  }

  /// The same for what changes nothing. What a caller may ask for in any way tells nothing of creates: it neither opens the breaker
  /// nor closes it.
  func unavailabilityOfReads(at now: MonotonicTime) -> Duration? {
    state.withLock { $0.breaker.unavailabilityOfReads(at: now) }
  }

  /// Nothing but probes is sent.
  var isBreakerOpen: Bool { state.withLock { $0.breaker.isOpen } }

  /// With which token to send a new command, and with which others, in their order, if Telnyx refuses that.
  ///
  /// - Returns: their numbers, and the first one's name.
  package func tokens(at now: MonotonicTime) -> (order: [Int], first: TokenDigest) {
    state.withLock { state in
      let first = state.preferredToken
      guard state.tokens.count > 1, now < state.preferredUntil, state.tokens.contains(first) else {
        return (state.tokens, state.digests[state.tokens[0]])
      }
      return ([first] + state.tokens.filter { $0 != first }, state.digests[first])
    }
  }

  /// There is another token, which isn't used yet.
  ///
  /// - Parameter number: the next.
  package func add(token number: Int, _ digest: TokenDigest) {
    state.withLock { state in
      precondition(number == state.digests.count, "tokens are numbered as they come")
      state.digests.append(digest)
    }
  }

  /// - Parameter tokens: at least one, in the order of the configuration.
  package func use(tokens: [Int]) {
    state.withLock { state in
      // What was said of a token doesn't hold of another one in its place.
      for place in 1...max(state.tokens.count, tokens.count) {
        let (old, new) = (state.tokens.dropFirst(place - 1).first, tokens.dropFirst(place - 1).first)
        if new == nil { state.conditions.forget(.tokenRefused(place)) }
        if old != new {
          state.conditions.renew(.tokenRefused(place))
          state.conditions.renew(.noToken)
        }
      }
      // Another first token goes first.
      if state.tokens.first != tokens.first { state.preferredUntil = MonotonicTime(nanoseconds: .min) }
      state.tokens = tokens
      state.refused = state.refused.filter { tokens.contains($0.key) }
    }
  }

  package func digest(of token: Int) -> TokenDigest { state.withLock { $0.digests[token] } }

  /// The newest token of that name; nil where this process has none.
  package func token(_ digest: TokenDigest) -> Int? { state.withLock { $0.digests.lastIndex(of: digest) } }

  /// Whether Telnyx has refused each token of late, so that nothing can be sent.
  package func hasNoToken(at now: MonotonicTime) -> Bool {
    state.withLock { state in state.tokens.allSatisfy { state.refused[$0].map { now < $0 } ?? false } }
  }

  package func firstSend() { state.withLock { $0.budget.firstSend() } }

  package func mayResend(at now: MonotonicTime) -> Bool { state.withLock { $0.budget.withdraw(at: now) } }

  /// Takes one look-up of an unknown command; false where there were too many of late.
  package func mayLookUp(at now: MonotonicTime) -> Bool { state.withLock { $0.lookUps.withdraw(at: now) } }

  /// An attempt to look a command up has ended. What Telnyx says of that says nothing of commands: a token may be good for the
  /// one and not for the other.
  ///
  /// - Returns: as `attemptEnded`.
  package func lookUpEnded(_ outcome: AttemptOutcome, at now: MonotonicTime) -> [UpstreamNews] {
    state.withLock { $0.newsOfWay(outcome, at: now).map { [$0] } ?? [] }
  }

  /// - Returns: what an operator must know of that; nearly always nothing.
  package func attemptEnded(_ outcome: AttemptOutcome, token: Int, at now: MonotonicTime) -> [UpstreamNews] {
    state.withLock { state in
      var news = state.news(of: outcome, token: token, at: now)
      let wasOpen = state.breaker.isOpen
      switch outcome {
      case .replied(let reply):
        state.breaker.attemptEnded(succeeded: reply.status < 500, at: now)
        guard reply.status != 401, reply.status != 403 else { break }
        if state.preferredToken != token || now >= state.preferredUntil {
          state.preferredToken = token
          state.preferredUntil = now + Self.preference
        }
      // It says nothing of Telnyx.
      case .notSent(.tooLate), .notSent(.stopped), .lost(.stopped): break
      // The breaker spares a Telnyx that is down, and callers the wait for it. This one is up: to send it nothing would
      // help nobody, and the next reply may be another.
      case .lost(let failure) where failure.hasAnswered: state.breaker.attemptEnded(succeeded: true, at: now)
      case .notSent, .lost: state.breaker.attemptEnded(succeeded: false, at: now)
      }
      if state.breaker.isOpen != wasOpen {
        news.add(
          wasOpen
            ? state.conditions.end(.breakerOpen, isCertain: true, at: now)
            : state.conditions.note(.breakerOpen, "half of the last attempts have failed", at: now))
      }
      return news
    }
  }
}

extension UpstreamHealth.State {
  /// Also keeps which tokens were refused.
  fileprivate mutating func news(of outcome: AttemptOutcome, token: Int, at now: MonotonicTime) -> [UpstreamNews] {
    var news: [UpstreamNews] = []
    switch outcome {
    // Nearly always: nothing was wrong, and nothing is.
    case .replied(let reply) where conditions.isEmpty && reply.status < 300: break
    case .replied(let reply):
      let status = reply.status
      news.add(newsOfWay(outcome, at: now))
      news.add(note(.failing, status >= 500, status, at: now))
      news.add(note(.throttling, status == 429, status, at: now))
      news.add(note(.redirecting, (300..<400).contains(status), status, at: now))
      noteToken(token, isRefused: status == 401 || status == 403, status, at: now, &news)
    case .notSent, .lost: news.add(newsOfWay(outcome, at: now))
    }
    return news
  }

  /// Whether Telnyx can be reached.
  fileprivate mutating func newsOfWay(_ outcome: AttemptOutcome, at now: MonotonicTime) -> UpstreamNews? {
    switch outcome {
    case .replied: conditions.end(.unreachable, at: now)
    case .notSent(.tooLate), .notSent(.stopped), .lost(.stopped): nil
    case .lost(let failure) where failure.hasAnswered: conditions.end(.unreachable, at: now)
    case .notSent(let failure), .lost(let failure):
      conditions.note(.unreachable, failure.name, detail: failure.detail, at: now)
    }
  }

  private mutating func note(
    _ condition: UpstreamNews.Condition, _ isSo: Bool, _ status: Int, at now: MonotonicTime
  ) -> UpstreamNews? {
    isSo ? conditions.note(condition, "\(status)", at: now) : conditions.end(condition, at: now)
  }

  private mutating func noteToken(
    _ token: Int, isRefused: Bool, _ status: Int, at now: MonotonicTime, _ news: inout [UpstreamNews]
  ) {
    // One that was replaced meanwhile is nobody's concern.
    let place = tokens.firstIndex(of: token).map { $0 + 1 }
    if isRefused {
      refused[token] = now + UpstreamHealth.preference
      if let place { news.add(conditions.note(.tokenRefused(place), "\(status)", at: now)) }
      if tokens.allSatisfy({ refused[$0] != nil }) { news.add(conditions.note(.noToken, "\(status)", at: now)) }
    } else {
      refused[token] = nil
      if let place {
        news.add(conditions.end(.tokenRefused(place), isCertain: true, at: now))
        news.add(
          place > 1
            ? conditions.note(.fallback, "token \(place) is taken", at: now)
            : conditions.end(.fallback, isCertain: true, at: now))
      }
      news.add(conditions.end(.noToken, isCertain: true, at: now))
    }
  }
}

extension [UpstreamNews] {
  fileprivate mutating func add(_ news: UpstreamNews?) { if let news { append(news) } }
}
