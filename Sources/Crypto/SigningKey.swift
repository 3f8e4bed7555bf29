internal import COpenSSL

/// An Ed25519 private key (RFC 8032). It signs, and never prints itself.
package struct SigningKey: Sendable {
  /// 32 bytes, from which everything else is made.
  package let seed: Secret
  package let publicKey: VerifyingKey

  /// - Parameter seed: 32 bytes.
  /// - Returns: nil where there are not 32 bytes.
  package init?(seed: Secret) {
    let publicKey: [UInt8]? = Self.withKey(seed) { key in
      var length = 32
      var isDone = false
      let bytes = [UInt8](unsafeUninitializedCapacity: length) { bytes, count in
        isDone = EVP_PKEY_get_raw_public_key(key, bytes.baseAddress, &length) == 1
        count = isDone ? length : 0
      }
      return isDone ? bytes : nil
    }
    guard let publicKey = publicKey.flatMap(VerifyingKey.init) else { return nil }
    self.seed = seed
    self.publicKey = publicKey
  }

  /// A key that nobody had before.
  package static func generate() -> SigningKey {
    guard let key = SigningKey(seed: Secret(Randomness.bytes(32))) else {
      preconditionFailure("libcrypto has no Ed25519")
    }
    return key
  }

  /// 64 bytes.
  package func sign(_ message: [UInt8]) -> [UInt8] {
    let signature: [UInt8]? = Self.withKey(seed) { key in
      guard let context = EVP_MD_CTX_new() else { return nil }
      defer { EVP_MD_CTX_free(context) }
      var length = 64
      var isDone = false
      let bytes = [UInt8](unsafeUninitializedCapacity: length) { bytes, count in
        isDone =
          EVP_DigestSignInit(context, nil, nil, nil, key) == 1
          && EVP_DigestSign(context, bytes.baseAddress, &length, message, message.count) == 1
        count = isDone ? length : 0
      }
      return isDone ? bytes : nil
    }
    // The key was good when this was made, so only memory can be lacking, which Swift itself does not survive either.
    guard let signature else { preconditionFailure("libcrypto could not sign") }
    return signature
  }

  private static func withKey<Result>(_ seed: Secret, _ body: (OpaquePointer) -> Result?) -> Result? {
    let bytes = seed.reveal()
    guard bytes.count == 32, let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) else {
      return nil
    }
    defer { EVP_PKEY_free(key) }
    return body(key)
  }
}
