package import Crypto
internal import Synchronization

/// The bearer tokens for Telnyx, shared by all workers: those of the start, and whatever took the place of one since. Each
/// keeps its number, so that a command that was sent with one is never sent again with another.
package final class TokenStore: Sendable {
  package typealias Token = Secret

  /// A reply is searched for tokens that were replaced, too: whoever repeats requests may have one of a while ago. So many of
  /// the last, beside those that are configured and the one that the attempt itself was sent with.
  private static let mostReplaced = 16

  private struct State {
    var tokens: [Token]
    /// The numbers of those that are configured.
    var configured: [Int]
    /// The numbers of others that are looked for: the one that was replaced last is the last.
    var replaced: [Int] = []
    var traces: TokenTraces

    func traces(of numbers: [Int]) -> TokenTraces { TokenTraces(of: numbers.map { tokens[$0] }) }
  }

  private let state: Mutex<State>

  /// - Parameter tokens: as they are configured; they are numbered from 0.
  package init(_ tokens: [Token]) {
    state = Mutex(State(tokens: tokens, configured: Array(tokens.indices), traces: TokenTraces(of: tokens)))
  }

  /// There is another token, which isn't used before `use`.
  ///
  /// - Returns: its number.
  package func add(_ token: Token) -> Int {
    state.withLock { state in
      state.tokens.append(token)
      return state.tokens.count - 1
    }
  }

  /// Other tokens are configured now.
  ///
  /// - Parameter numbers: of tokens that were added.
  package func use(_ numbers: [Int]) {
    state.withLock { state in
      let gone = state.configured.filter { !numbers.contains($0) }
      // Where more go at once than are kept, what is under way may have been sent with any of them.
      state.replaced = (state.replaced.filter { !numbers.contains($0) } + gone).suffix(
        max(Self.mostReplaced, gone.count))
      state.configured = numbers
      state.traces = state.traces(of: numbers + state.replaced)
    }
  }

  func token(at index: Int) -> Token? {
    state.withLock { $0.tokens.indices.contains(index) ? $0.tokens[index] : nil }
  }

  /// What must stand in no reply.
  ///
  /// - Parameter number: of the token that the attempt was sent with: it is looked for however long ago it was replaced.
  func traces(beside number: Int) -> TokenTraces {
    state.withLock { state in
      let isKnown = state.configured.contains(number) || state.replaced.contains(number)
      guard !isKnown, state.tokens.indices.contains(number) else { return state.traces }
      return state.traces(of: state.configured + state.replaced + [number])
    }
  }
}
