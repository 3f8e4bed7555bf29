internal import COpenSSL

/// SHA-256, from libcrypto.
package enum Digest {
  /// 32 bytes.
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { digest, count in
      let isDone = EVP_Digest(bytes, bytes.count, digest.baseAddress, nil, algorithm.pointer, nil)
      precondition(isDone == 1, "libcrypto can't hash")
      count = Int(SHA256_DIGEST_LENGTH)
    }
  }

  private static let algorithm = Algorithm()

  /// SHA-256 as libcrypto knows it, looked up once: by name, as `SHA256` does it, the search takes longer than the
  /// hashing of a short text. (OpenSSL, crypto(7), "Performance".)
  private struct Algorithm: @unchecked Sendable {
    // Safe because libcrypto counts its users and never changes it; this one holds it for ever.
    let pointer = EVP_MD_fetch(nil, "SHA256", nil)
  }

  /// Whether two secrets are the same, in a time that tells nothing of where they differ.
  package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
  }
}
