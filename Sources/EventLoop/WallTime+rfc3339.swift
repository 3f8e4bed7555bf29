extension WallTime {
  /// RFC 3339 in UTC with microseconds: `2026-11-23T19:00:00.123456Z`. Years 0000 to 9999.
  package var rfc3339: String {
    let (days, microsecondOfDay) = microseconds.flooredDivision(by: 86_400_000_000)
    let (year, month, day) = Self.civil(days: days)
    return String(unsafeUninitializedCapacity: 27) { text in
      var end = 0
      func put(_ character: UInt8) {
        text[end] = character
        end += 1
      }
      func put(_ number: Int64, digits: Int) {
        var rest = number
        for index in stride(from: end + digits - 1, through: end, by: -1) {
          text[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
          rest /= 10
        }
        end += digits
      }
      put(year, digits: 4)
      put(UInt8(ascii: "-"))
      put(month, digits: 2)
      put(UInt8(ascii: "-"))
      put(day, digits: 2)
      put(UInt8(ascii: "T"))
      put(microsecondOfDay / 3_600_000_000, digits: 2)
      put(UInt8(ascii: ":"))
      put(microsecondOfDay / 60_000_000 % 60, digits: 2)
      put(UInt8(ascii: ":"))
      put(microsecondOfDay / 1_000_000 % 60, digits: 2)
      put(UInt8(ascii: "."))
      put(microsecondOfDay % 1_000_000, digits: 6)
      put(UInt8(ascii: "Z"))
      return end
    }
  }

  /// The date of a day counted from 1970-01-01, in the Gregorian calendar. Years begin in March here, so that the leap
  /// day is a year's last (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days).
  private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    )
  }
}

extension Int64 {
  /// The remainder is never negative.
  fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
