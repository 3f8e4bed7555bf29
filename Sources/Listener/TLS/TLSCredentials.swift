internal import CGnuTLS
package import Gateway

/// What connections of one listener are shaken hands with: its certificate with the key to it, and the authorities of callers'
/// certificates, as the files have them at one moment.
///
/// Safe because nothing changes it once `init` has returned, and any number of sessions on any threads may read it then
/// (GnuTLS manual, "Thread safety").
package final class TLSCredentials: @unchecked Sendable {
  /// Bytes. Key and certificates are a few KB; a system's whole bundle of authorities is 200.
  private static let largestFile = 4 << 20

  let handle: gnutls_certificate_credentials_t
  /// The authorities' file; nil = no certificate is asked for.
  let authorities: [UInt8]?

  /// Reads the files. The key is in memory only where GnuTLS has it.
  package init(_ settings: TLSSettings) throws(TLSError) {
    var made: gnutls_certificate_credentials_t?
    guard gnutls_certificate_allocate_credentials(&made) == 0, let made else { throw TLSError("no memory for TLS") }
    handle = made
    authorities = try settings.clientAuthorities.map { path throws(TLSError) in
      let file = try File(path)
      return Array(UnsafeRawBufferPointer(start: file.datum.data, count: Int(file.datum.size)))
    }
    let certificate = try File(settings.certificate)
    let key = try File(settings.key)
    var (certificates, keys) = (certificate.datum, key.datum)
    try check(
      gnutls_certificate_set_x509_key_mem2(handle, &certificates, &keys, GNUTLS_X509_FMT_PEM, nil, 0),
      "the certificate \(settings.certificate) with the key \(settings.key)")
    guard let path = settings.clientAuthorities else { return }
    let count = authorities?.withUnsafeBufferPointer { bytes in
      var datum = gnutls_datum_t(data: UnsafeMutablePointer(mutating: bytes.baseAddress), size: UInt32(bytes.count))
      return gnutls_certificate_set_x509_trust_mem(handle, &datum, GNUTLS_X509_FMT_PEM)
    }
    // The number of authorities, or an error.
    try check(min(count ?? 0, 0), "the authorities \(path)")
    guard (count ?? 0) > 0 else { throw TLSError("the authorities \(path): there is none") }
    convene_verify_clients(handle)
  }

  deinit { gnutls_certificate_free_credentials(handle) }

  /// What a file had; wiped when it goes.
  private struct File: ~Copyable {
    private(set) var datum = gnutls_datum_t()

    init(_ path: String) throws(TLSError) {
      try check(gnutls_load_file(path, &datum), path)
      guard datum.size <= TLSCredentials.largestFile else { throw TLSError("\(path) is too large") }
    }

    deinit {
      var datum = datum
      convene_wipe(&datum)
    }
  }
}

/// Why TLS can't be had, for people.
package struct TLSError: Error, Sendable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

/// For GnuTLS's functions that return 0 or more when all went well.
private func check(_ outcome: Int32, _ what: String) throws(TLSError) {
  guard outcome < 0 else { return }
  throw TLSError("\(what): \(String(cString: gnutls_strerror(outcome)))")
}
