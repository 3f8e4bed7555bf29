package import Crypto

/// How the chain is vouched for.
package struct CheckpointSigning: Sendable {
  package let key: SigningKey
  /// A checkpoint follows at the latest after so many records (and the transaction that has the last of them) ...
  package let every: Int64
  /// ... or when the first of them has waited so long.
  package let interval: Duration

  package init(key: SigningKey, every: Int64, interval: Duration) {
    self.key = key
    self.every = every
    self.interval = interval
  }
}
