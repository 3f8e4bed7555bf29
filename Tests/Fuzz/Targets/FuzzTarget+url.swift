internal import Policy

@testable internal import Configuration
@testable internal import Upstream

extension FuzzTarget {
  /// The first line is a prefix, the rest a URL.
  ///
  /// 1. A URL that the grammar takes is plain to a judge who shares no code with it, and libcurl reads the same host and port.
  /// 2. One that a prefix allows begins with it, up to a path boundary.
  /// 3. `upstream.url` leads where libcurl, which goes there, says; without TLS only to this machine.
  static func checkURL(_ input: [UInt8]) throws(Violation) {
    let lines = input.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    // As JSON and YAML would give it.
    guard let first = String(validating: lines[0], as: UTF8.self) else { return }
    let second = lines.count > 1 ? String(validating: lines[1], as: UTF8.self) : nil
    for text in [first, second] {
      guard let text else { continue }
      if (try? AudioURL(text)) != nil { try checkPlain(url: text) }
      try checkUpstream(text)
    }
    guard let second, let url = try? AudioURL(second) else { return }
    for text in [
      first, "https://media.example.com/hold", "https://media.example.com/hold/", "https://media.example.com",
    ] {
      guard let prefix = try? URLPrefix(text) else { continue }
      guard prefix.allows(url) else { continue }
      try require(isBelow(second, text), "an allowed URL begins with the prefix, up to a path boundary")
    }
  }

  private static func isBelow(_ url: String, _ prefix: String) -> Bool {
    let (url, prefix) = (Array(url.utf8), Array(prefix.utf8))
    // A prefix of a host alone may be written with its slash or without, and so may a URL.
    let isHost = prefix.count { $0 == UInt8(ascii: "/") } == (prefix.last == UInt8(ascii: "/") ? 3 : 2)
    let stem = isHost && prefix.last == UInt8(ascii: "/") ? prefix.dropLast() : prefix[...]
    guard url.starts(with: stem) else { return false }
    return stem.last == UInt8(ascii: "/") || url.count == stem.count || url[stem.count] == UInt8(ascii: "/")
      || url[stem.count] == UInt8(ascii: "?")
  }

  /// Nothing in it that two programs could read in two ways.
  static func checkPlain(url text: String) throws(Violation) {
    let bytes = Array(text.utf8)
    try require(bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a plain URL is visible ASCII")
    try require(!bytes.contains { "\\#\"<>^`{|}[]".utf8.contains($0) }, "a plain URL has no odd delimiter")
    let afterScheme = bytes.starts(with: "https://".utf8) ? 8 : bytes.starts(with: "http://".utf8) ? 7 : nil
    let start = try require(afterScheme, "a plain URL is http or https")
    let authority = bytes[start...].prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    try require(
      !authority.contains { $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "%") }, "a plain URL has no userinfo")
    let host = authority.prefix { $0 != UInt8(ascii: ":") }
    try require(!host.contains { (0x41...0x5A).contains($0) }, "a host is lower case")
    let path = bytes[authority.endIndex...].prefix { $0 != UInt8(ascii: "?") }
    // Decoded once, twice and three times: what is one of them to somebody must not be there.
    var decoded = Array(path)
    for _ in 0..<3 {
      let segments = decoded.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      let dots = segments.contains { segment in
        let name = segment.prefix { $0 != UInt8(ascii: ";") }
        return name.elementsEqual([0x2E]) || name.elementsEqual([0x2E, 0x2E])
      }
      try require(!dots, "a plain URL has no dot segment")
      try require(!decoded.contains { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }, "nor a hidden control")
      let next = percentDecoded(decoded)
      try require(
        next.count { $0 == UInt8(ascii: "/") } == decoded.count { $0 == UInt8(ascii: "/") }, "nor an encoded slash")
      decoded = next
    }
    let parsed = ParsedURL(text).hostAndPort
    try require(parsed.host.utf8.elementsEqual(host), "libcurl reads the same host")
    let port = authority.count == host.count ? (afterScheme == 8 ? "443" : "80") : nil
    let digits = String(decoding: authority.dropFirst(host.count + 1), as: UTF8.self)
    try require(parsed.port == port ?? digits, "libcurl reads the same port")
    try require(host.contains { !"0123456789.".utf8.contains($0) }, "a host is no IPv4 address")
  }

  private static func percentDecoded(_ bytes: [UInt8]) -> [UInt8] {
    var decoded: [UInt8] = []
    var rest = bytes[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == UInt8(ascii: "%"), digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      {
        decoded.append(value)
        rest = rest.dropFirst(2)
      } else {
        decoded.append(byte)
      }
    }
    return decoded
  }

  private static func checkUpstream(_ text: String) throws(Violation) {
    guard let url = try? UpstreamURL(text) else { return }
    try require(text.hasPrefix(url.text), "an upstream URL is what was written")
    let parsed = ParsedURL(url.text + "/conferences").hostAndPort
    try require(!parsed.host.isEmpty, "libcurl takes an upstream URL")
    let authority = url.text.utf8.drop { $0 != UInt8(ascii: "/") }.dropFirst(2).prefix { $0 != UInt8(ascii: "/") }
    // libcurl writes an IPv6 address in its shortest form.
    try require(
      authority.first == UInt8(ascii: "[") ? parsed.host.hasPrefix("[") : authority.starts(with: parsed.host.utf8),
      "libcurl goes to the host that was written")
    guard url.text.utf8.starts(with: "http:".utf8) else { return }
    let host = parsed.host
    try require(["localhost", "[::1]"].contains(host) || host.hasPrefix("127."), "only this machine without TLS")
  }
}
