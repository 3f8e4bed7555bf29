/// `audit.checkpoint`: how the chain of records is signed.
package struct CheckpointSettings: Sendable, Equatable {
  /// Where the private key is: 32 bytes in Base64. The key itself never stands in a configuration.
  package var key: TokenSource
  /// A checkpoint follows at the latest after so many records ...
  package var every = 1000
  /// ... or when the first of them has waited so long.
  package var interval: Duration = .seconds(60)

  package init(key: TokenSource) { self.key = key }
}
