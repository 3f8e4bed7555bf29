package import EventLoop
internal import Synchronization

/// What all workers have learned of Telnyx: whether it is up, how many resends are left, which token it takes.
package final class UpstreamHealth: Sendable {
  private struct State {
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
  }

  /// How long a token that was taken after another was refused goes first, and how long one that was refused counts as such.
  private static let preference: Duration = .seconds(60)

  private let state: Mutex<State>

  /// - Parameter tokens: as they are configured; they are numbered from 0.
  package init(tokens: [TokenDigest]) {
    state = Mutex(State(digests: tokens, tokens: Array(tokens.indices)))
  }

  /// How long nothing new is sent yet, or nil.
  package func obstacle(at now: MonotonicTime) -> Duration? { state.withLock { $0.breaker.obstacle(at: now) } }

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
  package func use(tokens: [Int]) { state.withLock { $0.tokens = tokens } }

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

  package func attemptEnded(_ outcome: AttemptOutcome, token: Int, at now: MonotonicTime) {
    state.withLock { state in
      switch outcome {
      case .replied(let reply):
        state.breaker.attemptEnded(succeeded: reply.status < 500, at: now)
        guard reply.status != 401, reply.status != 403 else {
          state.refused[token] = now + Self.preference
          break
        }
        if !state.refused.isEmpty { state.refused[token] = nil }
        if state.preferredToken != token || now >= state.preferredUntil {
          state.preferredToken = token
          state.preferredUntil = now + Self.preference
        }
      // It says nothing of Telnyx.
      case .notSent(.tooLate): break
      // The breaker spares a Telnyx that is down, and callers the wait for it. This one is up: to send it nothing would
      // help nobody, and the next reply may be another.
      case .lost(let failure) where failure.hasAnswered: state.breaker.attemptEnded(succeeded: true, at: now)
      case .notSent, .lost: state.breaker.attemptEnded(succeeded: false, at: now)
      }
    }
  }
}
