internal import COpenSSL

/// HMAC-SHA-256 (RFC 2104) with one key, from libcrypto. One owner, one thread.
///
/// The key is set up once; to look the algorithm up and to hash the key anew for every message costs several times what
/// the message does.
package final class MessageAuthentication {
  private let context: OpaquePointer

  package init(key: [UInt8]) {
    let algorithm = EVP_MAC_fetch(nil, "HMAC", nil)
    defer { EVP_MAC_free(algorithm) }
    guard let context = EVP_MAC_CTX_new(algorithm) else { fatalError("libcrypto has no HMAC") }
    self.context = context
    var digest = Array("SHA256".utf8CString)
    let isReady = digest.withUnsafeMutableBufferPointer { name in
      var parameters = [
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.baseAddress, 0), OSSL_PARAM_construct_end(),
      ]
      return EVP_MAC_init(context, key, key.count, &parameters)
    }
    precondition(isReady == 1, "libcrypto refuses an HMAC key")
  }

  deinit { EVP_MAC_CTX_free(context) }

  /// The code of a text's UTF-8, 64 lower-case hex digits, or the first so many of them.
  package func hexCode(of message: String, digits: Int = 64) -> String {
    var message = message
    return message.withUTF8 { message in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(SHA256_DIGEST_LENGTH)) { code in
        guard let start = code.baseAddress else { preconditionFailure("there is always room for a code") }
        write(codeOf: message, to: start)
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(code)[..<(digits / 2)]).hex
      }
    }
  }

  /// The code of some bytes, 32 bytes.
  package func code(of message: [UInt8]) -> [UInt8] {
    Digest.array { code in message.withUnsafeBufferPointer { write(codeOf: $0, to: code) } }
  }

  private func write(codeOf message: UnsafeBufferPointer<UInt8>, to code: UnsafeMutablePointer<UInt8>) {
    var count = 0
    // Without a key: the one that was set up. (EVP_MAC(3))
    let isDone =
      EVP_MAC_init(context, nil, 0, nil) == 1 && EVP_MAC_update(context, message.baseAddress, message.count) == 1
      && EVP_MAC_final(context, code, &count, Int(SHA256_DIGEST_LENGTH)) == 1
    precondition(isDone && count == Int(SHA256_DIGEST_LENGTH), "libcrypto can't hash")
  }
}
