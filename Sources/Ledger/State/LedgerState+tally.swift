internal import EventLoop

/// When the commands of unknown outcome are to be counted again, for the metrics. A count goes through all of them, so it is taken
/// once for many changes, and rarely where there are many.
struct UnknownTally {
  private static let interval: Duration = .seconds(1)

  private var isStale = true
  private var next = MonotonicTime.now

  /// nil = nothing has changed.
  var due: MonotonicTime? { isStale ? next : nil }

  /// One has come, or is no more.
  mutating func change() { isStale = true }

  /// - Parameters:
  ///   - began: when it was begun to count them, which has ended now.
  ///   - isDone: false where they could not be counted.
  mutating func counted(since began: MonotonicTime, isDone: Bool) {
    isStale = !isDone
    next = .now + max(Self.interval, (MonotonicTime.now - began) * 200)
  }
}

extension LedgerState {
  func countUnknown() throws(LedgerError) {
    let began = MonotonicTime.now
    var isDone = false
    defer { unknownTally.counted(since: began, isDone: isDone) }
    counters.setUnknown(try store.countUnknown())
    isDone = true
  }
}
