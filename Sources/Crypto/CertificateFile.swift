internal import COpenSSL

/// The certificates of a PEM file (RFC 7468), their owner's first.
package struct CertificateFile: ~Copyable {
  /// What a private key is to the first certificate.
  package enum KeyFit: Sendable {
    case fits
    /// It is another's.
    case foreign
    /// There is none that can be read, at least not without a password.
    case none
  }

  private let certificates: [OpaquePointer]

  /// - Parameter pem: text between its parts means nothing.
  /// - Returns: nil where there is no certificate.
  package init?(pem: [UInt8]) {
    var certificates: [OpaquePointer] = []
    pem.withUnsafeBytes { bytes in
      guard let file = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return }
      defer { BIO_free(file) }
      while let certificate = PEM_read_bio_X509(file, nil, { _, _, _, _ in 0 }, nil) {
        certificates.append(certificate)
      }
    }
    // The end of the file is an error, too.
    ERR_clear_error()
    guard !certificates.isEmpty else { return nil }
    self.certificates = certificates
  }

  deinit { for certificate in certificates { X509_free(certificate) } }

  package var count: Int { certificates.count }

  /// When each may be used, in seconds since 1970.
  package var times: [ClosedRange<Int64>] {
    certificates.map { certificate in
      let (begin, end) = (Self.seconds(X509_get0_notBefore(certificate)), Self.seconds(X509_get0_notAfter(certificate)))
      return min(begin, end)...end
    }
  }

  /// - Parameter pem: the file of a private key.
  package func fit(ofKey pem: UnsafeRawBufferPointer) -> KeyFit {
    guard let file = BIO_new_mem_buf(pem.baseAddress, Int32(clamping: pem.count)) else { return .none }
    defer {
      BIO_free(file)
      ERR_clear_error()
    }
    // Without this libcrypto would ask a terminal for a password.
    guard let key = PEM_read_bio_PrivateKey(file, nil, { _, _, _, _ in 0 }, nil) else { return .none }
    defer { EVP_PKEY_free(key) }
    return X509_check_private_key(certificates[0], key) == 1 ? .fits : .foreign
  }

  private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
    var (days, seconds): (Int32, Int32) = (0, 0)
    guard let epoch = ASN1_TIME_set(nil, 0) else { return 0 }
    defer { ASN1_TIME_free(epoch) }
    guard let time, ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return 0 }
    return Int64(days) * 86_400 + Int64(seconds)
  }
}

/// Overwrites what is secret with zeros, also where the compiler sees that nobody reads it any more.
package func wipe(_ bytes: UnsafeMutableRawBufferPointer) { OPENSSL_cleanse(bytes.baseAddress, bytes.count) }
