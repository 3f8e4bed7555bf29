internal import Crypto

/// Names for tokens in the audit: who has two records can tell whether they speak of the same token, and nothing more.
/// Belongs to one worker.
final class Pseudonyms {
  private let authentication: MessageAuthentication

  init(key: [UInt8]) { authentication = MessageAuthentication(key: key) }

  /// 32 hex digits: half of a keyed hash.
  func name(of token: String) -> String { authentication.hexCode(of: token, digits: 32) }
}
