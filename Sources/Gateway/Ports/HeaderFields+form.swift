extension HeaderFields {
  /// A token (RFC 9110, section 5.6.2): what a field's name must be.
  package func hasToken(_ range: Range<Int>) -> Bool {
    let name = bytes.span.extracting(range)
    for index in name.indices where !Self.isTokenByte(name[index]) { return false }
    return !name.isEmpty
  }

  /// No control character but the tab (RFC 9110, section 5.5): what a field's value may be.
  package func hasNoControl(_ range: Range<Int>) -> Bool {
    let value = bytes.span.extracting(range)
    if value.count >= 8, !Self.mayHaveControl(value) { return true }
    for index in value.indices {
      let byte = value[index]
      if byte < 0x20 && byte != 0x09 || byte == 0x7F { return false }
    }
    return true
  }

  /// Everything visible but the delimiters.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case 0...0x20, 0x7F...: false
    case UInt8(ascii: "\""), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: "/"),
      UInt8(ascii: ":")...UInt8(ascii: "@"), UInt8(ascii: "[")...UInt8(ascii: "]"), UInt8(ascii: "{"),
      UInt8(ascii: "}"):
      false
    default: true
    }
  }

  /// Looks at eight bytes at a time, and at all of them, since nearly no value has one.
  ///
  /// - Parameter value: of eight bytes or more.
  private static func mayHaveControl(_ value: Span<UInt8>) -> Bool {
    unsafe value.withUnsafeBytes { bytes in
      let last = bytes.count - 8
      var found = unsafe marks(in: bytes.loadUnaligned(fromByteOffset: last, as: UInt64.self))
      var offset = 0
      while offset < last {
        found |= unsafe marks(in: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        offset += 8
      }
      return found & 0x8080_8080_8080_8080 != 0
    }
  }

  /// The high bit of the lowest byte that is below 0x20, and of the lowest that is 0x7F; of others perhaps, too.
  /// (Sean Eron Anderson, "Bit Twiddling Hacks", "Determine if a word has a byte less than n".)
  private static func marks(in word: UInt64) -> UInt64 {
    let deletes = word ^ 0x7F7F_7F7F_7F7F_7F7F
    return (word &- 0x2020_2020_2020_2020) & ~word | (deletes &- 0x0101_0101_0101_0101) & ~deletes
  }
}
