internal import EventLoop

/// What refuses requests at the moment that would be taken at another: told when it begins and when it has ceased, not with each
/// request.
struct RefusalConditions {
  enum Condition: Hashable {
    /// A limit is used up, for so many of a team's requests. Each team it concerns hears of it.
    case limit(LimitRule, team: String)
    /// The gateway has no room for more requests.
    case overload

    /// It has ceased when nothing was refused for so long: a limit's own period, within reason.
    fileprivate var calm: Duration {
      switch self {
      case .limit(let rule, _): max(.seconds(10), min(rule.every, .seconds(60)))
      case .overload: .seconds(10)
      }
    }
  }

  struct Ended {
    let condition: Condition
    let refused: Int
    /// From the first refusal to the last one.
    let lasted: Duration
  }

  private struct Entry {
    let began: MonotonicTime
    var last: MonotonicTime
    var refused: Int
  }

  /// As many at most as there are limits and teams.
  private var entries: [Condition: Entry] = [:]

  /// A request was refused.
  ///
  /// - Returns: whether it is the first one.
  mutating func note(_ condition: Condition, at now: MonotonicTime) -> Bool {
    guard let index = entries.index(forKey: condition) else {
      entries[condition] = Entry(began: now, last: now, refused: 1)
      return true
    }
    entries.values[index].last = max(now, entries.values[index].last)
    entries.values[index].refused += 1
    return false
  }

  /// Those that have ceased.
  mutating func takeEnded(at now: MonotonicTime) -> [Ended] {
    guard !entries.isEmpty else { return [] }
    let ended = entries.filter { now >= $0.value.last + $0.key.calm }
    for condition in ended.keys { entries[condition] = nil }
    return ended.map { Ended(condition: $0.key, refused: $0.value.refused, lasted: $0.value.last - $0.value.began) }
  }
}
