extension WallTime {
  /// `2026-11-23T19:00:00.123456Z` (RFC 3339, UTC). For years 0 to 9999.
  package var rfc3339: String {
    let (seconds, micros) = microseconds.quotientAndRemainder(dividingBy: 1_000_000, floored: true)
    let (days, secondOfDay) = seconds.quotientAndRemainder(dividingBy: 86_400, floored: true)
    let (year, month, day) = Self.civil(fromDays: days)
    var text = [UInt8]()
    text.reserveCapacity(27)
    append(year, digits: 4, then: "-", to: &text)
    append(month, digits: 2, then: "-", to: &text)
    append(day, digits: 2, then: "T", to: &text)
    append(secondOfDay / 3600, digits: 2, then: ":", to: &text)
    append(secondOfDay / 60 % 60, digits: 2, then: ":", to: &text)
    append(secondOfDay % 60, digits: 2, then: ".", to: &text)
    append(micros, digits: 6, then: "Z", to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  private func append(_ number: Int64, digits: Int, then mark: Unicode.Scalar, to text: inout [UInt8]) {
    var divisor: Int64 = 1
    for _ in 1..<digits { divisor *= 10 }
    while divisor > 0 {
      text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
    text.append(UInt8(ascii: mark))
  }

  /// Days since 1970-01-01 in the proleptic Gregorian calendar; the year begins in March here, so that the leap day comes
  /// last (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days).
  private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097, floored: true)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}

extension Int64 {
  fileprivate func quotientAndRemainder(dividingBy divisor: Int64, floored: Bool) -> (quotient: Int64, remainder: Int64)
  {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return floored && remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
