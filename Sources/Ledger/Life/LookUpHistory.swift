internal import EventLoop

/// When a command of unknown outcome that was looked up in vain is looked up in the background again: after half a minute,
/// then twice as long each time, an hour at most. Forgotten with the process.
struct LookUpHistory {
  private struct Look {
    var count: Int
    var due: MonotonicTime
  }

  private static let firstWait: Duration = .seconds(30)
  private static let longestWait: Duration = .seconds(3600)
  /// Beyond so many all are forgotten: each is then looked up once more, at the pace of all look-ups.
  private static let maximum = 65_536

  private var looks: [Int64: Look] = [:]

  func isDue(_ row: Int64, at now: MonotonicTime) -> Bool { looks[row].map { now >= $0.due } ?? true }

  /// Until the next look, where one was in vain; else until there is one, at the latest.
  func wait(_ row: Int64, at now: MonotonicTime) -> Duration {
    looks[row].map { max(.zero, $0.due - now) } ?? Self.firstWait
  }

  mutating func failed(_ row: Int64, at now: MonotonicTime) {
    if looks.count >= Self.maximum { looks.removeAll() }
    let count = looks[row]?.count ?? 0
    let wait = count < 7 ? Self.firstWait * (1 << count) : Self.longestWait
    looks[row] = Look(count: count + 1, due: now + min(wait, Self.longestWait))
  }
}
