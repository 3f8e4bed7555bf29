package import Crypto
internal import Synchronization

/// The bearer tokens for Telnyx, shared by all workers; one may be replaced while the gateway runs.
package final class TokenStore: Sendable {
  package typealias Token = Secret

  private let tokens: Mutex<[Token]>

  package init(_ tokens: [Token]) { self.tokens = Mutex(tokens) }

  package func replace(at index: Int, with token: Token) { tokens.withLock { $0[index] = token } }

  func token(at index: Int) -> Token? {
    tokens.withLock { $0.indices.contains(index) ? $0[index] : nil }
  }
}
