extension WallTime {
  /// Reads RFC 3339 (section 5.6): `2026-11-23T19:00:00Z`, with a fraction of a second (microseconds count) or another
  /// offset than `Z`. nil where the text is anything else, or no such day exists.
  package init?(rfc3339 text: String) {
    let bytes = Array(text.utf8)
    func number(_ start: Int, _ length: Int, _ range: ClosedRange<Int64>) -> Int64? {
      guard bytes.count >= start + length else { return nil }
      var number: Int64 = 0
      for byte in bytes[start..<(start + length)] {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        number = number * 10 + Int64(byte - UInt8(ascii: "0"))
      }
      return range.contains(number) ? number : nil
    }
    func has(_ mark: Unicode.Scalar, at index: Int) -> Bool {
      // Letters may be in lower case (section 5.6, note).
      bytes.count > index && (bytes[index] == UInt8(ascii: mark) || bytes[index] == UInt8(ascii: mark) | 0x20)
    }
    guard let year = number(0, 4, 0...9999), has("-", at: 4), let month = number(5, 2, 1...12), has("-", at: 7),
      let day = number(8, 2, 1...31), has("T", at: 10), let hour = number(11, 2, 0...23), has(":", at: 13),
      let minute = number(14, 2, 0...59), has(":", at: 16), let second = number(17, 2, 0...60)
    else { return nil }
    var index = 19
    var microseconds: Int64 = 0
    if bytes.count > index, bytes[index] == UInt8(ascii: ".") {
      let digits = bytes[(index + 1)...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard !digits.isEmpty else { return nil }
      for place in 0..<6 {
        microseconds = microseconds * 10 + (place < digits.count ? Int64(digits[index + 1 + place] - 48) : 0)
      }
      index = digits.endIndex
    }
    var offset: Int64 = 0
    if has("Z", at: index) {
      index += 1
    } else {
      guard bytes.count > index, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-"),
        let hours = number(index + 1, 2, 0...23), has(":", at: index + 3), let minutes = number(index + 4, 2, 0...59)
      else { return nil }
      offset = (hours * 60 + minutes) * (bytes[index] == UInt8(ascii: "+") ? 1 : -1)
      index += 6
    }
    let days = Self.days(year: year, month: month, day: day)
    guard index == bytes.count, Self.days(year: year, month: month, day: 1) + Self.length(year, month) > days else {
      return nil
    }
    let seconds = (days * 24 + hour) * 3600 + (minute - offset) * 60 + second
    self.init(microseconds: seconds * 1_000_000 + microseconds)
  }

  /// Days since 1970-01-01. Years begin in March here, so that the leap day comes last (Howard Hinnant,
  /// "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    // Four hundred years more, so that nothing is negative.
    let shifted = (month <= 2 ? year - 1 : year) + 400
    let yearOfEra = shifted % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return (shifted / 400 - 1) * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func length(_ year: Int64, _ month: Int64) -> Int64 {
    let next = month == 12 ? (year + 1, 1) : (year, month + 1)
    return days(year: next.0, month: next.1, day: 1) - days(year: year, month: month, day: 1)
  }
}
