internal import COpenSSL

/// An Ed25519 public key (RFC 8032): tells whether the holder of the `SigningKey` signed something.
package struct VerifyingKey: Sendable, Equatable {
  /// 32 bytes.
  package let bytes: [UInt8]

  /// - Returns: nil where there are not 32 bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  /// The first 8 bytes of the key's SHA-256, in hex: enough to tell which key it was.
  package var name: String { Array(Digest.sha256(bytes).prefix(8)).hex }

  /// - Parameter signature: 64 bytes; of any other length it is not valid.
  package func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) else { return false }
    defer { EVP_PKEY_free(key) }
    guard let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }
}
