/// Pieces of a time, one after the other, each about as long as a look should be: long while there is little, short where there is
/// much, since a look reads all of its piece. In microseconds since 1970.
struct TimeWindows {
  private static let shortest: Int64 = 1_000_000
  private static let longest: Int64 = 86_400_000_000

  private let since: Int64
  private let until: Int64
  private let backwards: Bool
  private var length: Int64 = 60_000_000
  /// How far it has come.
  private var reached: Int64
  /// What lies in the future, by the server's clock, is little: a first piece of its own, when it goes backwards from there.
  private var future: Int64?

  init(since: Int64, until: Int64, now: Int64, backwards: Bool) {
    (self.since, self.until, self.backwards) = (since, until, backwards)
    reached = backwards ? until : since
    future = backwards && now > since && now < until ? now : nil
  }

  /// nil = it is over.
  var current: Range<Int64>? {
    if backwards { return reached > since ? max(since, future ?? reached.saturated(minus: length))..<reached : nil }
    return reached < until ? reached..<min(until, reached.saturated(minus: -length)) : nil
  }

  /// - Parameters:
  ///   - share: how full the look at this piece was, 1 = there was more.
  ///   - last: then, the time up to which it came, of which there may be more.
  mutating func advance(share: Double, last: Int64?) {
    guard let current else { return }
    future = nil
    if let last {
      reached = backwards ? last + 1 : last
      length = max(Self.shortest, min(length, current.upperBound - current.lowerBound) / 8)
    } else {
      reached = backwards ? current.lowerBound : current.upperBound
      if share < 0.25 { length = min(Self.longest, length * 4) }
    }
  }
}

extension Int64 {
  func saturated(minus other: Int64) -> Int64 {
    let (result, overflows) = subtractingReportingOverflow(other)
    return overflows ? (other > 0 ? .min : .max) : result
  }
}
