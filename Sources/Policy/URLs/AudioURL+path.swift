extension AudioURL {
  /// Every `%` must be followed by two hex digits, in path and query.
  static func checkEscapes(_ bytes: [UInt8], _ range: Range<Int>) throws(URLSyntaxError) {
    for index in range where bytes[index] == UInt8(ascii: "%") && escape(bytes, at: index, within: range) == nil {
      throw URLSyntaxError(message: "it has a % without two hex digits", offset: index)
    }
  }

  /// No dot segment, in any spelling, and no escape that may turn into a delimiter.
  static func checkPath(_ bytes: [UInt8], _ range: Range<Int>) throws(URLSyntaxError) {
    // Nothing is encoded in most: then a segment is what it looks like.
    guard bytes[range].contains(UInt8(ascii: "%")) else {
      var start = range.lowerBound
      for index in range where bytes[index] == UInt8(ascii: "/") {
        try refuseDots(bytes[start..<index], at: start)
        start = index + 1
      }
      return try refuseDots(bytes[start..<range.upperBound], at: start)
    }
    // The segment so far, as a server would read it: one escape is one byte.
    var segment: [UInt8] = []
    var segmentStart = range.lowerBound
    var index = range.lowerBound
    while index < range.upperBound {
      switch bytes[index] {
      case UInt8(ascii: "/"):
        try checkSegment(segment, at: segmentStart)
        segment = []
        segmentStart = index + 1
        index += 1
      case UInt8(ascii: "%"):
        let byte = escape(bytes, at: index, within: range) ?? 0
        // %25 too: what is decoded twice could hide any of the others.
        guard byte >= 0x20, byte != 0x7F, byte != UInt8(ascii: "/"), byte != UInt8(ascii: "\\"),
          byte != UInt8(ascii: "%")
        else { throw URLSyntaxError(message: "its path has an encoded slash, percent or control", offset: index) }
        segment.append(byte)
        index += 3
      default:
        segment.append(bytes[index])
        index += 1
      }
    }
    try checkSegment(segment, at: segmentStart)
  }

  private static func checkSegment(_ segment: [UInt8], at offset: Int) throws(URLSyntaxError) {
    try refuseDots(segment[...], at: offset)
    // An overlong form such as %c0%ae is a dot to a careless decoder.
    guard String(validating: segment, as: UTF8.self) != nil else {
      throw URLSyntaxError(message: "its path is not UTF-8", offset: offset)
    }
  }

  /// `.` and `..`, also with parameters behind a semicolon, which some servers cut off first.
  private static func refuseDots(_ segment: ArraySlice<UInt8>, at offset: Int) throws(URLSyntaxError) {
    let dot = UInt8(ascii: ".")
    guard segment.first == dot else { return }
    let name = segment.prefix { $0 != UInt8(ascii: ";") }
    if name.count == 1 || name.count == 2 && name.last == dot {
      throw URLSyntaxError(message: "its path has a dot segment", offset: offset)
    }
  }

  /// The byte that `%XX` stands for.
  private static func escape(_ bytes: [UInt8], at index: Int, within range: Range<Int>) -> UInt8? {
    guard index + 2 < range.upperBound, let high = digit(bytes[index + 1]), let low = digit(bytes[index + 2]) else {
      return nil
    }
    return high << 4 | low
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
