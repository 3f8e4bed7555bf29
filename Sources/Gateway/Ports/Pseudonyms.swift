internal import Crypto

/// Names for tokens in the audit: who has two records can tell whether they speak of the same token, and nothing more.
/// Belongs to one thread.
package final class Pseudonyms {
  private let authentication: MessageAuthentication

  /// - Parameter key: the ledger's own, 32 bytes.
  package init(key: [UInt8]) { authentication = MessageAuthentication(key: key) }

  /// 32 hex digits: half of a keyed hash.
  package func name(of token: String) -> String { authentication.hexCode(of: token, digits: 32) }
}
