internal import EventLoop

/// The requests without a key that were answered with what an SDK tries again: for a limit, because nothing
/// could be sent now, or because it could not. The retry of one is a new command; without this it would join an equal one that is done, and its caller
/// would get that one's conference.
///
/// In memory, and bounded: a retry whose refusal was forgotten joins what it finds, so it never creates too much.
struct KeylessRefusals {
  private struct Refused {
    /// What the SDK called the request that was refused; 0 = the first try.
    let retries: Int
    let time: DualClockInstant
  }

  /// `Retry-After` is at most a minute; the rest is for the SDK's own pause and the way.
  private static let memory: Duration = .seconds(75)
  private static let mostOfOneKey = 64
  private static let capacity = 8192

  private var refused: [KeylessCommands.Key: [Refused]] = [:]
  private var order: [(key: KeylessCommands.Key, time: DualClockInstant)] = []
  private var front = 0
  private var changes: [(key: KeylessCommands.Key, before: [Refused]?)] = []

  /// Whether an SDK tries again what was answered with this, unless it is told not to.
  static func isTriedAgain(status: Int) -> Bool { status == 429 || status == 503 }

  /// - Parameter retries: what the SDK called the request; 0 = the first try.
  mutating func note(_ key: KeylessCommands.Key, retries: Int, at now: DualClockInstant) {
    changes.append((key, refused[key]))
    refused[key, default: []].append(Refused(retries: retries, time: now))
    if let count = refused[key]?.count, count > Self.mostOfOneKey { refused[key]?.removeFirst() }
    order.append((key, now))
  }

  /// Takes one of which this is the next retry.
  ///
  /// - Returns: false where there is none.
  mutating func take(_ key: KeylessCommands.Key, retry: Int, at now: DualClockInstant) -> Bool {
    guard let all = refused[key],
      let index = all.firstIndex(where: { $0.retries == retry - 1 && now.isWithin(Self.memory, after: $0.time) })
    else { return false }
    changes.append((key, all))
    refused[key]?.remove(at: index)
    return true
  }

  mutating func commit() {
    changes.removeAll(keepingCapacity: true)
    if let now = order.last?.time { forgetOld(at: now) }
  }

  mutating func rollBack() {
    while let change = changes.popLast() { refused[change.key] = change.before }
  }

  private mutating func forgetOld(at now: DualClockInstant) {
    while front < order.count {
      let (key, time) = order[front]
      if now.isWithin(Self.memory, after: time), order.count - front <= Self.capacity { break }
      refused[key]?.removeAll { $0.time == time || !now.isWithin(Self.memory, after: $0.time) }
      if refused[key]?.isEmpty == true { refused[key] = nil }
      front += 1
    }
    if front > 1024, front > order.count / 2 {
      order.removeFirst(front)
      front = 0
    }
  }
}
