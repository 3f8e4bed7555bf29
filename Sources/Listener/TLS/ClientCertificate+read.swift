internal import CGnuTLS
internal import EventLoop
internal import Gateway

extension ClientCertificate {
  /// A certificate names its owner a few times. What lies beyond is not looked at.
  private static let mostNames: UInt32 = 64
  private static let longestName = 2048

  /// Of what was shown and verified in a handshake; nil where there is none that can be read.
  convenience init?(of session: gnutls_session_t) {
    var count: UInt32 = 0
    var read: gnutls_x509_crt_t?
    guard let first = gnutls_certificate_get_peers(session, &count), count > 0, gnutls_x509_crt_init(&read) == 0,
      let certificate = read
    else { return nil }
    defer { gnutls_x509_crt_deinit(certificate) }
    guard gnutls_x509_crt_import(certificate, first, GNUTLS_X509_FMT_DER) == 0 else { return nil }
    let end = gnutls_x509_crt_get_expiration_time(certificate)
    self.init(
      names: Self.names(in: certificate),
      end: WallTime(microseconds: Int64(clamping: end).multipliedReportingOverflow(by: 1_000_000).partialValue))
  }

  /// Its subject alternative names of the two kinds that count (RFC 5280, section 4.2.1.6). What stands in the subject, such as a
  /// common name, doesn't.
  private static func names(in certificate: gnutls_x509_crt_t) -> [CertificateName] {
    var `extension` = gnutls_datum_t()
    guard gnutls_x509_crt_get_extension_by_oid2(certificate, "2.5.29.17", 0, &`extension`, nil) == 0 else { return [] }
    defer { convene_wipe(&`extension`) }
    var made: gnutls_subject_alt_names_t?
    guard gnutls_subject_alt_names_init(&made) == 0, let names = made else { return [] }
    defer { gnutls_subject_alt_names_deinit(names) }
    guard gnutls_x509_ext_import_subject_alt_names(&`extension`, names, 0) == 0 else { return [] }
    var found: [CertificateName] = []
    for index in 0..<mostNames {
      var kind: UInt32 = 0
      // Points into `names`.
      var text = gnutls_datum_t()
      guard gnutls_subject_alt_names_get(names, index, &kind, &text, nil) >= 0 else { break }
      guard text.size <= longestName else { continue }
      let bytes = Array(UnsafeRawBufferPointer(start: text.data, count: Int(text.size)))
      switch gnutls_x509_subject_alt_name_t(rawValue: kind) {
      case GNUTLS_SAN_URI: CertificateName(uri: bytes).map { found.append($0) }
      case GNUTLS_SAN_DNSNAME: CertificateName(dns: bytes).map { found.append($0) }
      default: break
      }
    }
    return found
  }
}
