/// Pieces of a time, one after the other, each about as long as a look should be: long while there is little, short where there is
/// much. In microseconds since 1970.
struct TimeWindows {
  private static let shortest: Int64 = 1_000_000
  private static let longest: Int64 = 86_400_000_000

  private let since: Int64
  private let until: Int64
  private let backwards: Bool
  private var length: Int64 = 60_000_000
  /// How far it has come.
  private var reached: Int64

  init(since: Int64, until: Int64, backwards: Bool) {
    (self.since, self.until, self.backwards) = (since, until, backwards)
    reached = backwards ? until : since
  }

  /// nil = it is over.
  var current: Range<Int64>? {
    if backwards { return reached > since ? max(since, reached.saturated(minus: length))..<reached : nil }
    return reached < until ? reached..<min(until, reached.saturated(minus: -length)) : nil
  }

  /// - Parameter looks: that this piece took.
  mutating func advance(afterLooks looks: Int) {
    guard let current else { return }
    reached = backwards ? current.lowerBound : current.upperBound
    length = looks > 1 ? max(Self.shortest, length / Int64(looks)) : min(Self.longest, length * 4)
  }
}

extension Int64 {
  func saturated(minus other: Int64) -> Int64 {
    let (result, overflows) = subtractingReportingOverflow(other)
    return overflows ? (other > 0 ? .min : .max) : result
  }
}
