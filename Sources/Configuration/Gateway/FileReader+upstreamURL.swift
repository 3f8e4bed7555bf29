internal import Glibc

extension FileReader {
  /// Scheme, host, optional port and path; a slash at the end is cut off.
  func upstreamURL(_ value: YAMLValue) -> String? {
    guard let text = text(value, "upstream.url") else { return nil }
    do {
      return try UpstreamURL(text).text
    } catch {
      report(value, "upstream.url \(error.message)")
      return nil
    }
  }
}

/// Where Telnyx is, or a collector of traces. Secrets are sent there, so nothing about it may be ambiguous.
struct UpstreamURL {
  struct Invalid: Error {
    let message: String
  }

  /// Without a slash at the end.
  let text: String
  let hasPath: Bool

  /// - Parameter mayBePlain: `http` to other machines than this one is allowed.
  init(_ text: String, mayBePlain: Bool = false) throws(Invalid) {
    let bytes = Array(text.utf8)
    let isPlain: Bool
    let start: Int
    if bytes.starts(with: "https://".utf8) {
      (isPlain, start) = (false, 8)
    } else if bytes.starts(with: "http://".utf8) {
      (isPlain, start) = (true, 7)
    } else {
      throw Invalid(
        message: mayBePlain
          ? "must begin with http:// or https://" : "must begin with https:// (http:// only for this machine)")
    }
    try Self.checkCharacters(bytes)
    for (delimiter, name) in [("?", "query"), ("#", "fragment"), ("@", "user name")]
    where bytes.contains(where: { delimiter.utf8.first == $0 }) {
      throw Invalid(message: "must not have a \(name)")
    }
    let pathStart = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
    let host = try Self.host(bytes[start..<pathStart])
    if isPlain, !mayBePlain, !Loopback.has(host) {
      throw Invalid(message: "must be https://: over http:// the token would be sent in the clear")
    }
    var end = bytes.count
    while end > pathStart, bytes[end - 1] == UInt8(ascii: "/") { end -= 1 }
    self.text = String(decoding: bytes[..<end], as: UTF8.self)
    hasPath = end > pathStart
  }

  static func checkCharacters(_ bytes: [UInt8]) throws(Invalid) {
    for byte in bytes where byte <= 0x20 || byte >= 0x7F || "\\\"<>^`{|}".utf8.contains(byte) {
      throw Invalid(message: "has a character that doesn't belong into a URL")
    }
  }

  /// - Parameter text: of one.
  static func isInTheClear(_ text: String) -> Bool { (try? UpstreamURL(text)) == nil }

  /// The host without its brackets and its port.
  static func host(_ authority: ArraySlice<UInt8>) throws(Invalid) -> String {
    var host = authority
    var port: ArraySlice<UInt8>?
    if authority.first == UInt8(ascii: "[") {
      guard let end = authority.firstIndex(of: UInt8(ascii: "]")) else { throw Invalid(message: "has no valid host") }
      host = authority[(authority.startIndex + 1)..<end]
      let rest = authority[(end + 1)...]
      if !rest.isEmpty {
        guard rest.first == UInt8(ascii: ":") else { throw Invalid(message: "has no valid host") }
        port = rest.dropFirst()
      }
      let text = String(decoding: host, as: UTF8.self)
      var address = in6_addr()
      guard inet_pton(AF_INET6, text, &address) == 1 else { throw Invalid(message: "has no valid IPv6 address") }
    } else {
      if let colon = authority.firstIndex(of: UInt8(ascii: ":")) {
        host = authority[..<colon]
        port = authority[(colon + 1)...]
      }
      let isName = host.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
          true
        default: false
        }
      }
      guard isName, !host.isEmpty, host.count <= 253 else { throw Invalid(message: "has no valid host") }
      try checkAddress(host)
    }
    if let port {
      let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
      guard port.allSatisfy(digits.contains), let number = UInt16(String(decoding: port, as: UTF8.self)), number > 0
      else { throw Invalid(message: "must have a port of 1 to 65535") }
    }
    return String(decoding: host, as: UTF8.self)
  }

  /// A host that ends in a number is an IPv4 address to libcurl, in whatever spelling: 127.1, 0x7f.1, 2130706433. Only the one
  /// that all understand alike is taken. (WHATWG URL, section 3.5: "ends in a number".)
  private static func checkAddress(_ host: ArraySlice<UInt8>) throws(Invalid) {
    let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let last = labels.last { !$0.isEmpty } ?? []
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let isNumber = last.allSatisfy(digits.contains) || last.starts(with: "0x".utf8) || last.starts(with: "0X".utf8)
    var address = in_addr()
    guard !isNumber || inet_pton(AF_INET, String(decoding: host, as: UTF8.self), &address) == 1 else {
      throw Invalid(message: "has a host that is an IPv4 address in another form than 192.0.2.1")
    }
  }
}
