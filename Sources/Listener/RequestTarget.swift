/// What a request line asks for (RFC 9112, section 3.2): a path, or a whole URL, as a client sends it to a proxy.
enum RequestTarget {
  /// The path and the query (`origin-form`), as they came.
  ///
  /// - Returns: nil where the target is neither. `*` and a bare authority are not: they mean no resource of this gateway.
  static func pathAndQuery(of target: String) -> String? {
    if target.utf8.first == UInt8(ascii: "/") { return target }
    let bytes = Array(target.utf8)
    guard let start = ["http://", "https://"].lazy.compactMap({ after($0, in: bytes) }).first else { return nil }
    let end = bytes[start...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? bytes.endIndex
    // It counts instead of the `Host` field (section 3.2.2), and means as little: every host's requests are served.
    guard Authority.isValid(bytes[start..<end]) else { return nil }
    let rest = String(decoding: bytes[end...], as: UTF8.self)
    return rest.utf8.first == UInt8(ascii: "/") ? rest : "/" + rest
  }

  /// Where what follows the scheme begins; schemes are the same in either case (RFC 3986, section 3.1).
  private static func after(_ scheme: String, in bytes: [UInt8]) -> Int? {
    guard bytes.count >= scheme.utf8.count, zip(bytes, scheme.utf8).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 }) else {
      return nil
    }
    return scheme.utf8.count
  }
}
