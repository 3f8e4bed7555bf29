internal import COpenSSL
internal import Synchronization

/// SHA-256, from libcrypto.
package enum Digest {
  /// 32 bytes.
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] { sha256(bytes, []) }

  /// Of one behind the other.
  package static func sha256(_ first: [UInt8], _ second: [UInt8]) -> [UInt8] {
    let context = contexts.withLock { $0.popLast() } ?? Context()
    let digest = context.digest(of: first, second, algorithm.pointer)
    contexts.withLock { $0.append(context) }
    return digest
  }

  /// Of bytes that must not be copied, such as a secret's.
  package static func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    array { digest in
      let isDone = EVP_Digest(bytes.baseAddress, bytes.count, digest, nil, algorithm.pointer, nil) == 1
      precondition(isDone, "libcrypto can't hash")
    }
  }

  /// Contexts that nobody uses at the moment, as many as threads were hashing at once: to make one costs more than the
  /// hashing of a short text.
  private static let contexts = Mutex<[Context]>([])

  /// An EVP_MD_CTX. One owner at a time, which frees it.
  private final class Context: @unchecked Sendable {
    // Safe because whoever uses it has taken it out of `contexts`.
    private let pointer: OpaquePointer

    init() {
      guard let pointer = EVP_MD_CTX_new() else { fatalError("libcrypto has no memory for a digest") }
      self.pointer = pointer
    }

    deinit { EVP_MD_CTX_free(pointer) }

    func digest(of first: [UInt8], _ second: [UInt8], _ algorithm: OpaquePointer?) -> [UInt8] {
      Digest.array { digest in
        let isDone =
          EVP_DigestInit_ex2(pointer, algorithm, nil) == 1 && EVP_DigestUpdate(pointer, first, first.count) == 1
          && EVP_DigestUpdate(pointer, second, second.count) == 1
          && EVP_DigestFinal_ex(pointer, digest, nil) == 1
        precondition(isDone, "libcrypto can't hash")
      }
    }
  }

  /// The 32 bytes that `write` leaves where it is told to.
  ///
  /// By way of the stack: `Array.init(unsafeUninitializedCapacity:)` looks its type up at run time for each array.
  static func array(_ write: (UnsafeMutablePointer<UInt8>) -> Void) -> [UInt8] {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(SHA256_DIGEST_LENGTH)) { digest in
      guard let start = digest.baseAddress else { preconditionFailure("there is always room for a digest") }
      write(start)
      return Array(digest)
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
