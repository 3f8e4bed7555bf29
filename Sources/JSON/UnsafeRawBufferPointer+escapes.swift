extension UnsafeRawBufferPointer {
  /// Whether a byte here must be escaped within a JSON string: one below 0x20, `"` or `\`.
  ///
  /// Looks at eight bytes at a time, and at all of them, since nearly no text has one.
  var needsEscapes: Bool {
    guard count >= 8 else {
      return contains { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
    }
    return marked { Self.marks(in: $0) }
  }

  /// Whether a byte here must be escaped, or may belong to a character that isn't seen: a DEL, or one beyond ASCII.
  var mayNeedEscapesToBeSeen: Bool {
    guard count >= 8 else {
      return contains { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") || $0 >= 0x7F }
    }
    return marked { word in
      let deletes = word ^ Self.each(0x7F)
      return Self.marks(in: word) | (deletes &- Self.each(1)) & ~deletes | word
    }
  }

  /// Whether the high bit of a byte is set in what is made of eight at a time. Not fewer.
  private func marked(_ marks: (UInt64) -> UInt64) -> Bool {
    let last = count - 8
    var found = marks(loadUnaligned(fromByteOffset: last, as: UInt64.self))
    var offset = 0
    while offset < last {
      found |= marks(loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    return found & Self.each(0x80) != 0
  }

  /// The high bit of each byte that must be escaped: exact for the lowest such byte, which is all that is asked.
  /// (Sean Eron Anderson, "Bit Twiddling Hacks", "Determine if a word has a byte less than n".)
  private static func marks(in word: UInt64) -> UInt64 {
    let quotes = word ^ each(UInt8(ascii: "\""))
    let backslashes = word ^ each(UInt8(ascii: "\\"))
    return (word &- each(0x20)) & ~word | (quotes &- each(1)) & ~quotes | (backslashes &- each(1)) & ~backslashes
  }

  private static func each(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }
}
