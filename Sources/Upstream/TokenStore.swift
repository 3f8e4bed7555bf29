package import Crypto
internal import Synchronization

/// The bearer tokens for Telnyx, shared by all workers: those of the start, and whatever took the place of one since. Each
/// keeps its number, so that a command that was sent with one is never sent again with another.
package final class TokenStore: Sendable {
  package typealias Token = Secret

  private let tokens: Mutex<[Token]>

  package init(_ tokens: [Token]) { self.tokens = Mutex(tokens) }

  /// - Returns: its number.
  package func add(_ token: Token) -> Int {
    tokens.withLock { tokens in
      tokens.append(token)
      return tokens.count - 1
    }
  }

  func token(at index: Int) -> Token? {
    tokens.withLock { $0.indices.contains(index) ? $0[index] : nil }
  }
}
