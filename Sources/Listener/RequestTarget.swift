internal import Gateway

/// What a request line asks for (RFC 9112, section 3.2): a path, or a whole URL, as a client sends it to a proxy.
enum RequestTarget {
  /// The path and the query (`origin-form`), as they came.
  ///
  /// - Returns: nil where the target is neither, or is no such thing: it has a fragment, or a character that must not be in it.
  ///   `*` and a bare authority are not: they mean no resource of this gateway.
  static func pathAndQuery(of target: String) -> String? {
    if target.utf8.first == UInt8(ascii: "/") { return isSound(target) ? target : nil }
    let bytes = Array(target.utf8)
    guard let start = ["http://", "https://"].lazy.compactMap({ after($0, in: bytes) }).first else { return nil }
    let end = bytes[start...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? bytes.endIndex
    // It counts instead of the `Host` field (section 3.2.2), and means as little: every host's requests are served.
    guard Authority.isValid(bytes[start..<end]) else { return nil }
    let rest = String(decoding: bytes[end...], as: UTF8.self)
    let path = rest.utf8.first == UInt8(ascii: "/") ? rest : "/" + rest
    return isSound(path) ? path : nil
  }

  /// The path is one by RFC 3986, section 3.3. A query means nothing here, so of it only what could end it is looked for.
  private static func isSound(_ target: String) -> Bool {
    var (isQuery, escaped) = (false, 0)
    for byte in target.utf8 {
      guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "#") else { return false }
      if isQuery { continue }
      if escaped > 0 {
        guard Authority.isHexDigit(byte) else { return false }
        escaped -= 1
        continue
      }
      switch byte {
      case UInt8(ascii: "?"): isQuery = true
      case UInt8(ascii: "%"): escaped = 2
      case UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "@"): break
      default: guard Authority.isNameByte(byte) else { return false }
      }
    }
    return escaped == 0
  }

  /// Where what follows the scheme begins; schemes are the same in either case (RFC 3986, section 3.1).
  private static func after(_ scheme: String, in bytes: [UInt8]) -> Int? {
    guard bytes.count >= scheme.utf8.count, zip(bytes, scheme.utf8).allSatisfy({ $0.lowercased == $1 }) else {
      return nil
    }
    return scheme.utf8.count
  }
}
