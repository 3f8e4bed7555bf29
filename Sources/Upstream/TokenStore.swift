package import Crypto
internal import Synchronization

/// The bearer tokens for Telnyx, shared by all workers: those of the start, and whatever took the place of one since. Each
/// keeps its number, so that a command that was sent with one is never sent again with another.
package final class TokenStore: Sendable {
  package typealias Token = Secret

  /// Replies are searched for tokens that were replaced, too: what is under way was sent with them. So many of the last,
  /// beside those of the start.
  private static let mostAdded = 16

  private struct State {
    var tokens: [Token]
    var traces: TokenTraces
  }

  private let first: Int
  private let state: Mutex<State>

  package init(_ tokens: [Token]) {
    first = tokens.count
    state = Mutex(State(tokens: tokens, traces: TokenTraces(of: tokens)))
  }

  /// - Returns: its number.
  package func add(_ token: Token) -> Int {
    state.withLock { state in
      state.tokens.append(token)
      let added = state.tokens.dropFirst(first).suffix(Self.mostAdded)
      state.traces = TokenTraces(of: Array(state.tokens.prefix(first) + added))
      return state.tokens.count - 1
    }
  }

  func token(at index: Int) -> Token? {
    state.withLock { $0.tokens.indices.contains(index) ? $0.tokens[index] : nil }
  }

  /// What must stand in no reply.
  var traces: TokenTraces { state.withLock { $0.traces } }
}
