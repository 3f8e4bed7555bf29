extension UnsafeRawBufferPointer {
  /// Whether a byte here must be escaped within a JSON string (one below 0x20, `"` or `\`), or, if asked for, may belong to
  /// a character that isn't seen: a DEL, or any beyond ASCII.
  ///
  /// Looks at eight bytes at a time, and at all of them, since nearly no text has one.
  func mayNeedEscapes(ofUnseen: Bool) -> Bool {
    guard count >= 8 else {
      return contains {
        $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") || ofUnseen && $0 >= 0x7F
      }
    }
    let unseen = ofUnseen ? Self.each(0x80) : 0
    let last = count - 8
    var found = marks(at: last, unseen)
    var offset = 0
    while offset < last {
      found |= marks(at: offset, unseen)
      offset += 8
    }
    return found & Self.each(0x80) != 0
  }

  /// The high bit of each byte that must be escaped: exact for the lowest such byte, which is all that is asked.
  /// (Sean Eron Anderson, "Bit Twiddling Hacks", "Determine if a word has a byte less than n".)
  private func marks(at offset: Int, _ unseen: UInt64) -> UInt64 {
    let word = loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    let quotes = word ^ Self.each(UInt8(ascii: "\""))
    let backslashes = word ^ Self.each(UInt8(ascii: "\\"))
    return (word &- Self.each(0x20)) & ~word | (quotes &- Self.each(1)) & ~quotes
      | (backslashes &- Self.each(1)) & ~backslashes | (word | (word &+ Self.each(1))) & unseen
  }

  private static func each(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }
}
