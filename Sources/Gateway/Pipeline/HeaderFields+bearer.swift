internal import Crypto

extension HeaderFields {
  private static let scheme = Array("bearer ".utf8)

  /// SHA-256 of the key that is shown (RFC 6750, section 2.1; the scheme in any case: RFC 9110, section 11.1).
  ///
  /// - Parameter credential: where `Authorization` has its value.
  /// - Returns: nil where it is another scheme, or there are several.
  func digestOfBearerToken(_ credential: Range<Int>) -> [UInt8]? {
    guard count(of: "authorization") == 1, credential.count > Self.scheme.count else { return nil }
    for (index, letter) in Self.scheme.enumerated() {
      let byte = bytes[credential.lowerBound + index]
      guard byte.lowercased == letter else { return nil }
    }
    var start = credential.lowerBound + Self.scheme.count
    while start < credential.upperBound, bytes[start] == UInt8(ascii: " ") { start += 1 }
    return Digest.sha256(Array(bytes[start..<credential.upperBound]))
  }
}
