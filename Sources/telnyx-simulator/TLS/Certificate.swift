import COpenSSL

/// An X.509 certificate, made here (RFC 5280).
struct Certificate: ~Copyable {
  let pointer: OpaquePointer

  /// The authority that signs the server's certificate, and its own.
  static func authority(_ key: borrowing PrivateKey) throws(OpenSSLError) -> Certificate {
    let certificate = try Certificate.unsigned("Telnyx simulator's own authority", for: key)
    try certificate.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0", issuer: certificate.pointer)
    try certificate.add(NID_key_usage, "critical,keyCertSign,cRLSign", issuer: certificate.pointer)
    try certificate.add(NID_subject_key_identifier, "hash", issuer: certificate.pointer)
    try certificate.sign(as: certificate.pointer, with: key)
    return certificate
  }

  /// A server that is reached over loopback only, also by a name that a test's own name server has for it.
  ///
  /// - Parameter seconds: for how long from now it is valid; below zero it has ended.
  static func server(
    _ key: borrowing PrivateKey, signedBy authority: borrowing Certificate, _ authorityKey: borrowing PrivateKey,
    validFor seconds: Int
  ) throws(OpenSSLError) -> Certificate {
    let certificate = try Certificate.unsigned("localhost", for: key)
    X509_gmtime_adj(X509_getm_notAfter(certificate.pointer), seconds)
    let issuer = authority.pointer
    try certificate.add(NID_basic_constraints, "critical,CA:FALSE", issuer: issuer)
    try certificate.add(NID_key_usage, "critical,digitalSignature", issuer: issuer)
    try certificate.add(NID_ext_key_usage, "serverAuth", issuer: issuer)
    try certificate.add(NID_subject_alt_name, "IP:127.0.0.1,IP:::1,DNS:localhost,DNS:telnyx.example", issuer: issuer)
    try certificate.add(NID_authority_key_identifier, "keyid", issuer: issuer)
    try certificate.sign(as: issuer, with: authorityKey)
    return certificate
  }

  private init() throws(OpenSSLError) {
    guard let certificate = X509_new() else { throw OpenSSLError("make a certificate") }
    pointer = certificate
  }

  deinit { X509_free(pointer) }

  private static func unsigned(_ name: String, for key: borrowing PrivateKey) throws(OpenSSLError) -> Certificate {
    let certificate = try Certificate()
    let pointer = certificate.pointer
    // Version 3 is written as 2 (RFC 5280, section 4.1).
    try check(X509_set_version(pointer, 2), "set a certificate's version")
    let serial = Int64.random(in: 1...Int64.max)
    try check(ASN1_INTEGER_set_int64(X509_get_serialNumber(pointer), serial), "set a serial number")
    // An hour back, for a client whose clock is late; a month on, which no test outlives.
    X509_gmtime_adj(X509_getm_notBefore(pointer), -3600)
    X509_gmtime_adj(X509_getm_notAfter(pointer), 30 * 86_400)
    try check(X509_set_pubkey(pointer, key.pointer), "set a certificate's key")
    try check(
      X509_NAME_add_entry_by_txt(X509_get_subject_name(pointer), "CN", MBSTRING_UTF8, name, -1, -1, 0),
      "name a certificate")
    return certificate
  }

  func write(to path: String) throws(OpenSSLError) {
    guard let file = BIO_new_file(path, "w") else { throw OpenSSLError("open \(path)") }
    defer { BIO_free(file) }
    try check(PEM_write_bio_X509(file, pointer), "write \(path)")
  }

  private func add(_ extensionID: Int32, _ value: String, issuer: OpaquePointer) throws(OpenSSLError) {
    var context = X509V3_CTX()
    X509V3_set_ctx(&context, issuer, pointer, nil, nil, 0)
    guard let made = X509V3_EXT_conf_nid(nil, &context, extensionID, value) else {
      throw OpenSSLError("make the extension \(value)")
    }
    defer { X509_EXTENSION_free(made) }
    try check(X509_add_ext(pointer, made, -1), "add the extension \(value)")
  }

  private func sign(as issuer: OpaquePointer, with key: borrowing PrivateKey) throws(OpenSSLError) {
    try check(X509_set_issuer_name(pointer, X509_get_subject_name(issuer)), "name the issuer")
    guard X509_sign(pointer, key.pointer, EVP_sha256()) > 0 else { throw OpenSSLError("sign a certificate") }
  }
}
