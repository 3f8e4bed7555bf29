internal import COpenSSL

/// An EC key on P-256.
package struct PrivateKey: ~Copyable {
  package let pointer: OpaquePointer

  package init() throws(OpenSSLError) {
    let action = "make a key"
    guard let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else { throw OpenSSLError(action) }
    defer { EVP_PKEY_CTX_free(context) }
    try check(EVP_PKEY_keygen_init(context), action)
    try check(EVP_PKEY_CTX_set_group_name(context, "P-256"), action)
    var key: OpaquePointer?
    guard EVP_PKEY_generate(context, &key) == 1, let key else { throw OpenSSLError(action) }
    pointer = key
  }

  deinit { EVP_PKEY_free(pointer) }

  /// The public half as libcurl pins it (CURLOPT_PINNEDPUBLICKEY): SHA-256 of the DER SubjectPublicKeyInfo, in Base64.
  package func pin() throws(OpenSSLError) -> String {
    var der: UnsafeMutablePointer<UInt8>?
    let length = i2d_PUBKEY(pointer, &der)
    guard length > 0, let der else { throw OpenSSLError("encode a public key") }
    defer { CRYPTO_free(der, #file, #line) }
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    SHA256(der, Int(length), &digest)
    // Four characters for three bytes, and a NUL.
    var text = [UInt8](repeating: 0, count: (digest.count + 2) / 3 * 4 + 1)
    EVP_EncodeBlock(&text, digest, Int32(digest.count))
    return "sha256//" + String(decoding: text.dropLast(), as: UTF8.self)
  }

  /// Writes it where a server under test reads it. The simulator's own are never written.
  package func write(to path: String) throws(OpenSSLError) {
    guard let file = BIO_new_file(path, "w") else { throw OpenSSLError("open \(path)") }
    defer { BIO_free(file) }
    try check(PEM_write_bio_PrivateKey(file, pointer, nil, nil, 0, nil, nil), "write \(path)")
  }
}
