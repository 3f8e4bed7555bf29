internal import EventLoop

/// Something that may happen often: it is told of at once, and then once a minute at most, with how many there were.
struct Occurrences {
  private static let interval: Duration = .seconds(60)

  private var untold = 0
  private var next = MonotonicTime(nanoseconds: .min)

  /// - Returns: how often it has happened since it was told of, where it is to be told of now.
  mutating func note(at now: MonotonicTime) -> Int? {
    add()
    return take(at: now)
  }

  /// It has happened, and is told of later.
  mutating func add() { untold += 1 }

  /// As `note`, without another one.
  mutating func take(at now: MonotonicTime) -> Int? {
    guard untold > 0, now >= next else { return nil }
    defer { (untold, next) = (0, now + Self.interval) }
    return untold
  }
}
