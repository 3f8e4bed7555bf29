extension HeaderFields {
  /// A token (RFC 9110, section 5.6.2): what a field's name must be.
  package func hasToken(_ range: Range<Int>) -> Bool {
    for index in range where !Self.isTokenByte[Int(bytes[index])] { return false }
    return !range.isEmpty
  }

  /// No control character but the tab (RFC 9110, section 5.5): what a field's value may be.
  package func hasNoControl(_ range: Range<Int>) -> Bool {
    for index in range {
      let byte = bytes[index]
      if byte < 0x20 && byte != 0x09 || byte == 0x7F { return false }
    }
    return true
  }

  /// By byte. Everything visible but the delimiters.
  private static let isTokenByte: [Bool] = {
    let delimiters = "\"(),/:;<=>?@[\\]{}".utf8
    return (UInt8.min ... .max).map { $0 > 0x20 && $0 < 0x7F && !delimiters.contains($0) }
  }()
}
