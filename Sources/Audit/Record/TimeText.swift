package import EventLoop

/// Writes times as `WallTime.rfc3339` does. Most lie in the second of the one before: then only the fraction is new.
package struct TimeText {
  private static let digits = 6
  /// Where the fraction begins: behind `2026-11-23T19:00:00.`.
  private static let fraction = 20

  private var second: Int64?
  private var last: [UInt8] = []

  package init() {}

  package mutating func text(of time: WallTime) -> [UInt8] {
    let (second, microseconds) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    // Before 1970 the fraction counts the other way.
    if second == self.second, microseconds >= 0 {
      var rest = microseconds
      for place in stride(from: Self.fraction + Self.digits - 1, through: Self.fraction, by: -1) {
        last[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
    } else {
      last = Array(time.rfc3339.utf8)
      self.second = microseconds < 0 ? nil : second
    }
    return last
  }
}
