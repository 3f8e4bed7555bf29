extension FileReader {
  private static let longestHeaderName = 64

  /// What keeps a text from being the name of a header field (RFC 9110, section 5.1), to follow that text; nil = nothing.
  ///
  /// - Parameter name: in lower case.
  static func fault(inHeaderName name: String) -> String? {
    // Of a token (section 5.6.2) those that fields have in fact: a `*` would be taken for a pattern.
    let isName = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
        UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard isName, (1...longestHeaderName).contains(name.utf8.count) else {
      return "is no name of a header field: letters, digits, - and _, at most \(longestHeaderName)"
    }
    return nil
  }
}
