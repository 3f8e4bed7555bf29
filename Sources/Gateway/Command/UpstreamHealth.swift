package import EventLoop
internal import Synchronization

/// What all workers have learned of Telnyx: whether it is up, how many resends are left, which token it takes.
package final class UpstreamHealth: Sendable {
  private struct State {
    var breaker = CircuitBreaker()
    var budget = RetryBudget()
    var lookUps = LookUpBudget()
    var preferredToken = 0
    var preferredUntil = MonotonicTime(nanoseconds: .min)
  }

  /// How long a token that was taken after another was refused goes first.
  private static let preference: Duration = .seconds(60)

  private let state = Mutex(State())
  private let tokens: Int

  /// - Parameter tokens: how many are configured.
  package init(tokens: Int) { self.tokens = tokens }

  /// How long nothing new is sent yet, or nil.
  package func obstacle(at now: MonotonicTime) -> Duration? { state.withLock { $0.breaker.obstacle(at: now) } }

  /// In which order to try the tokens.
  package func tokenOrder(at now: MonotonicTime) -> [Int] {
    if tokens == 1 { return [0] }
    return state.withLock { state in
      let first = now < state.preferredUntil ? state.preferredToken : 0
      return [first] + (0..<tokens).filter { $0 != first }
    }
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
        guard reply.status != 401, reply.status != 403 else { break }
        if state.preferredToken != token || now >= state.preferredUntil {
          state.preferredToken = token
          state.preferredUntil = now + Self.preference
        }
      // It says nothing of Telnyx.
      case .notSent(.tooLate): break
      case .notSent, .lost: state.breaker.attemptEnded(succeeded: false, at: now)
      }
    }
  }
}
