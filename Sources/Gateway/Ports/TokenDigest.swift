/// A token's name in the ledger: it tells whether two tokens are the same, and nothing else of them.
package struct TokenDigest: Sendable, Hashable {
  /// Half of a keyed SHA-256, 16 bytes.
  package let bytes: [UInt8]

  package init(bytes: [UInt8]) { self.bytes = bytes }
}
