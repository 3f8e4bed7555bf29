internal import COpenSSL

/// An X.509 certificate, made here (RFC 5280).
package struct Certificate: ~Copyable {
  package let pointer: OpaquePointer

  /// What a certificate that isn't an authority's says: where nothing else is set, a server's that is reached over loopback only,
  /// also by a name that a test's own name server has for it.
  package struct Content {
    /// The subject's common name.
    package var name = "localhost"
    /// `DNS:localhost,URI:spiffe://example/a`; nil = none.
    package var alternatives: String? = "IP:127.0.0.1,IP:::1,DNS:localhost,DNS:telnyx.example"
    /// `serverAuth` or `clientAuth`; nil = whatever it is used for.
    package var purpose: String? = "serverAuth"
    /// From now on, in seconds. An hour back, for a client whose clock is late; a month on, which no test outlives.
    package var begin = -3600
    package var end = 30 * 86_400

    package init() {}
  }

  /// An authority that signs others' certificates, and its own.
  package static func authority(
    _ key: borrowing PrivateKey, name: String = "Telnyx simulator's own authority"
  ) throws(OpenSSLError) -> Certificate {
    var content = Content()
    content.name = name
    let certificate = try Certificate.unsigned(content, for: key)
    try certificate.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0", issuer: certificate.pointer)
    try certificate.add(NID_key_usage, "critical,keyCertSign,cRLSign", issuer: certificate.pointer)
    try certificate.add(NID_subject_key_identifier, "hash", issuer: certificate.pointer)
    try certificate.sign(as: certificate.pointer, with: key)
    return certificate
  }

  package static func leaf(
    _ content: Content, _ key: borrowing PrivateKey, signedBy authority: borrowing Certificate,
    _ authorityKey: borrowing PrivateKey
  ) throws(OpenSSLError) -> Certificate {
    let certificate = try Certificate.unsigned(content, for: key)
    let issuer = authority.pointer
    try certificate.add(NID_basic_constraints, "critical,CA:FALSE", issuer: issuer)
    try certificate.add(NID_key_usage, "critical,digitalSignature", issuer: issuer)
    if let purpose = content.purpose { try certificate.add(NID_ext_key_usage, purpose, issuer: issuer) }
    if let names = content.alternatives { try certificate.add(NID_subject_alt_name, names, issuer: issuer) }
    try certificate.add(NID_authority_key_identifier, "keyid", issuer: issuer)
    try certificate.sign(as: issuer, with: authorityKey)
    return certificate
  }

  private init() throws(OpenSSLError) {
    guard let certificate = X509_new() else { throw OpenSSLError("make a certificate") }
    pointer = certificate
  }

  deinit { X509_free(pointer) }

  private static func unsigned(_ content: Content, for key: borrowing PrivateKey) throws(OpenSSLError) -> Certificate {
    let certificate = try Certificate()
    let pointer = certificate.pointer
    // Version 3 is written as 2 (RFC 5280, section 4.1).
    try check(X509_set_version(pointer, 2), "set a certificate's version")
    let serial = Int64.random(in: 1...Int64.max)
    try check(ASN1_INTEGER_set_int64(X509_get_serialNumber(pointer), serial), "set a serial number")
    X509_gmtime_adj(X509_getm_notBefore(pointer), content.begin)
    X509_gmtime_adj(X509_getm_notAfter(pointer), content.end)
    try check(X509_set_pubkey(pointer, key.pointer), "set a certificate's key")
    try check(
      X509_NAME_add_entry_by_txt(X509_get_subject_name(pointer), "CN", MBSTRING_UTF8, content.name, -1, -1, 0),
      "name a certificate")
    return certificate
  }

  package func write(to path: String) throws(OpenSSLError) {
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
