internal import CLinux

/// What stands in a `Host` field, and between the `//` and the path of a URL: a host and perhaps a port (RFC 9110, section
/// 7.2; RFC 3986, section 3.2). Information about a user has no place in either (RFC 9110, section 4.2.4).
enum Authority {
  static func isValid(_ text: ArraySlice<UInt8>) -> Bool {
    guard let first = text.first else { return false }
    let hostEnd: Int
    if first == UInt8(ascii: "[") {
      guard let bracket = text.firstIndex(of: UInt8(ascii: "]")), isAddress(text[(text.startIndex + 1)..<bracket])
      else {
        return false
      }
      hostEnd = bracket + 1
    } else {
      hostEnd = text.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
      // The grammar lets a name be empty, but the schemes of HTTP don't (RFC 9110, section 4.2.1).
      guard hostEnd > text.startIndex, isName(text[..<hostEnd]) else { return false }
    }
    return hostEnd == text.endIndex || text[hostEnd] == UInt8(ascii: ":") && isPort(text[(hostEnd + 1)...])
  }

  /// `*DIGIT`, and what there can be on a network.
  private static func isPort(_ digits: ArraySlice<UInt8>) -> Bool {
    var port = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return false }
      port = port * 10 + Int(digit - 0x30)
      guard port <= 65_535 else { return false }
    }
    return true
  }

  /// `reg-name`, of which an IPv4 address is one: `*( unreserved / pct-encoded / sub-delims )`.
  private static func isName(_ name: ArraySlice<UInt8>) -> Bool {
    var escaped = 0
    for byte in name {
      if escaped > 0 {
        guard isHexDigit(byte) else { return false }
        escaped -= 1
      } else if byte == UInt8(ascii: "%") {
        escaped = 2
      } else {
        guard isNameByte(byte) else { return false }
      }
    }
    return escaped == 0
  }

  /// `IPv6address / IPvFuture`, what stands in the brackets of an `IP-literal`. A zone (RFC 6874) means something on the
  /// caller's machine alone.
  private static func isAddress(_ address: ArraySlice<UInt8>) -> Bool {
    if let first = address.first, first | 0x20 == UInt8(ascii: "v") {
      guard let dot = address.firstIndex(of: UInt8(ascii: ".")) else { return false }
      let (version, rest) = (address[(address.startIndex + 1)..<dot], address[(dot + 1)...])
      return !version.isEmpty && version.allSatisfy(isHexDigit) && !rest.isEmpty
        && rest.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: ":") }
    }
    var binary = in6_addr()
    // The C library would see no more than what is before a NUL.
    return address.count <= Int(INET6_ADDRSTRLEN) && !address.contains(0)
      && inet_pton(AF_INET6, String(decoding: address, as: UTF8.self), &binary) == 1
  }

  static func isHexDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
  }

  /// `unreserved / sub-delims`
  static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"),
      UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&")...UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="):
      true
    default: false
    }
  }
}
