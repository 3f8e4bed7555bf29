internal import Pattern

@testable internal import Listener

extension FuzzTarget {
  /// The first line is what a `Host` field says, the rest a request target.
  ///
  /// 1. A `Host` is a host and perhaps a port just where the grammar of RFC 3986 says so, and the port is one of a network.
  /// 2. A request target is taken just where it is a path, or a URL of http or https with such an authority. What is left of it
  ///    is what it says behind the authority, byte for byte.
  /// 3. Of a URL that libcurl takes, too, it reads the same path and query.
  static func checkTarget(_ input: [UInt8]) throws(Violation) {
    let lines = input.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    try checkAuthority(lines[0])
    guard lines.count > 1 else { return }
    try checkAuthority(lines[1])
    // As libmicrohttpd's text becomes one of Swift's.
    try checkRequestTarget(String(decoding: lines[1], as: UTF8.self))
  }

  private static func checkAuthority(_ bytes: ArraySlice<UInt8>) throws(Violation) {
    // As a field's value comes: a head with a control character was refused before.
    guard !bytes.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else { return }
    try require(Authority.isValid(bytes) == isAuthority(bytes), "an authority is what RFC 3986 has for one")
  }

  private static func isAuthority(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard let text = String(validating: bytes, as: UTF8.self), authority.search(text) == .found else { return false }
    // What follows the last colon, but within the brackets of an address.
    let port = text.split(separator: ":", omittingEmptySubsequences: false).dropFirst().last ?? ""
    let digits = port.hasSuffix("]") ? "" : port.drop { $0 == "0" }
    return digits.isEmpty || (Int(digits) ?? .max) < 1 << 16
  }

  private static func checkRequestTarget(_ text: String) throws(Violation) {
    let left = RequestTarget.pathAndQuery(of: text)
    let bytes = Array(text.utf8)
    guard bytes.first != UInt8(ascii: "/") else {
      return try require(
        left == (path.search(text) == .found ? text : nil), "a path is one by its grammar, and stays as it is")
    }
    let scheme = ["http://", "https://"].first {
      String(decoding: bytes.prefix($0.utf8.count), as: UTF8.self).lowercased() == $0
    }
    guard let start = scheme?.utf8.count else { return try require(left == nil, "a target is a path or a URL") }
    let authority = bytes[start...].prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    let rest = String(decoding: bytes[authority.endIndex...], as: UTF8.self)
    let expected = (rest.utf8.first == UInt8(ascii: "/") ? "" : "/") + rest
    let isURL = isAuthority(authority) && path.search(expected) == .found
    try require(
      left == (isURL ? expected : nil), "a URL is one by its grammar, and nothing but its authority is taken away")
    guard isURL, case let parsed = WholeURL(text), let read = parsed.path else { return }
    // It tells an empty query from none nowhere.
    let query = parsed.query.map { "?" + $0 } ?? (expected.utf8.last == UInt8(ascii: "?") ? "?" : "")
    try require(read + query == expected, "libcurl reads the same path and query")
  }

  /// RFC 3986, sections 3.3 and 3.4: `path-absolute [ "?" query ]` where a query may have all that is seen, but for what ends it.
  private static let path = pattern("^/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*(?:\\?[!\"$-~]*)?$")

  /// RFC 3986, appendix A: `host [ ":" port ]`, where HTTP lets no host be empty (RFC 9110, section 4.2.1).
  private static let authority: Pattern = {
    let octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])"
    let h16 = "[0-9A-Fa-f]{1,4}"
    let ls32 = "(?:\(h16):\(h16)|(?:\(octet)\\.){3}\(octet))"
    let address = [
      "(?:\(h16):){6}\(ls32)", "::(?:\(h16):){5}\(ls32)", "(?:\(h16))?::(?:\(h16):){4}\(ls32)",
      "(?:(?:\(h16):){0,1}\(h16))?::(?:\(h16):){3}\(ls32)", "(?:(?:\(h16):){0,2}\(h16))?::(?:\(h16):){2}\(ls32)",
      "(?:(?:\(h16):){0,3}\(h16))?::\(h16):\(ls32)", "(?:(?:\(h16):){0,4}\(h16))?::\(ls32)",
      "(?:(?:\(h16):){0,5}\(h16))?::\(h16)", "(?:(?:\(h16):){0,6}\(h16))?::",
    ].joined(separator: "|")
    let plain = "[A-Za-z0-9._~!$&'()*+,;=-]"
    let future = "[vV][0-9A-Fa-f]+\\.(?:\(plain)|:)+"
    let name = "(?:\(plain)|%[0-9A-Fa-f]{2})+"
    return pattern("^(?:\\[(?:\(address)|\(future))\\]|\(name))(?::[0-9]*)?$")
  }()

  private static func pattern(_ text: String) -> Pattern {
    do throws(PatternError) {
      return try Pattern(text)
    } catch {
      preconditionFailure("\(error)")
    }
  }
}
