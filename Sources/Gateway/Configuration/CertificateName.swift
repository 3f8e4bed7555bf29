/// A name of a certificate's owner, one of its subject alternative names (RFC 5280, section 4.2.1.6). Two of them are the same where
/// all bytes are.
package enum CertificateName: Sendable, Hashable, CustomStringConvertible {
  /// `spiffe://example/ns/voice/sa/pbx`, to the letter.
  case uri(String)
  /// In lower case, as names of hosts are the same in either. Never with a wildcard: that names nobody.
  case dns(String)

  /// - Returns: nil where it is none, or has a character that stands in none.
  package init?(uri bytes: [UInt8]) {
    guard bytes.contains(UInt8(ascii: ":")), bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    self = .uri(String(decoding: bytes, as: UTF8.self))
  }

  /// - Returns: nil where it is none, or stands for several.
  package init?(dns bytes: [UInt8]) {
    let lower = bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    let labels = lower.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard lower.count <= 253, labels.allSatisfy({ (1...63).contains($0.count) && $0.allSatisfy(Self.isOfName) }),
      // A host whose last label is a number is an IPv4 address.
      labels.last?.contains(where: { !(0x30...0x39).contains($0) }) == true
    else { return nil }
    self = .dns(String(decoding: lower, as: UTF8.self))
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }

  package var description: String {
    switch self {
    case .uri(let text), .dns(let text): text
    }
  }
}
