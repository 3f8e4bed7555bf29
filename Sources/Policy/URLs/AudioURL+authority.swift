extension AudioURL {
  /// `host [":" port]`, and nothing else.
  static func authority(
    _ bytes: [UInt8], _ range: Range<Int>
  ) throws(URLSyntaxError) -> (host: ArraySlice<UInt8>, port: UInt16?) {
    if let at = bytes[range].firstIndex(of: UInt8(ascii: "@")) {
      throw URLSyntaxError(message: "it has a user name", offset: at)
    }
    let colon = bytes[range].firstIndex(of: UInt8(ascii: ":")) ?? range.upperBound
    let host = bytes[range.lowerBound..<colon]
    guard (1...253).contains(host.count) else {
      throw URLSyntaxError(message: "it has no host of 1 to 253 bytes", offset: range.lowerBound)
    }
    var labelStart = host.startIndex
    for index in host.indices {
      switch host[index] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
      case UInt8(ascii: "."):
        try checkLabel(host[labelStart..<index])
        labelStart = index + 1
      default:
        throw URLSyntaxError(
          message: "its host has a byte other than lower-case letters, digits, hyphens and dots", offset: index)
      }
    }
    let last = host[labelStart...]
    try checkLabel(last)
    guard !isNumber(last) else {
      throw URLSyntaxError(message: "its host is an IP address", offset: range.lowerBound)
    }
    return (host, colon < range.upperBound ? try port(bytes, (colon + 1)..<range.upperBound) : nil)
  }

  private static func checkLabel(_ label: ArraySlice<UInt8>) throws(URLSyntaxError) {
    let hyphen = UInt8(ascii: "-")
    guard (1...63).contains(label.count), label.first != hyphen, label.last != hyphen else {
      throw URLSyntaxError(
        message: "its host has an empty, too long or oddly hyphenated label", offset: label.startIndex)
    }
  }

  /// A host whose last label is a number is an IPv4 address to someone: 127.1, 2130706433, 0x7f.1, 0177.0.0.1.
  /// (WHATWG URL, section 3.5: "ends in a number".)
  private static func isNumber(_ label: ArraySlice<UInt8>) -> Bool {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    if label.allSatisfy(digits.contains) { return true }
    return label.starts(with: "0x".utf8)
      && label.dropFirst(2).allSatisfy { digits.contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
  }

  private static func port(_ bytes: [UInt8], _ range: Range<Int>) throws(URLSyntaxError) -> UInt16 {
    let digits = bytes[range]
    guard (1...5).contains(digits.count), digits.first != UInt8(ascii: "0"),
      digits.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
      let port = UInt16(String(decoding: digits, as: UTF8.self))
    else { throw URLSyntaxError(message: "its port is not 1 to 65535", offset: range.lowerBound) }
    return port
  }
}
