internal import CLinux

/// A moment on the clock that only goes forward (CLOCK_MONOTONIC): for deadlines and durations within this process.
package struct MonotonicTime: Sendable, Hashable, Comparable {
  /// Since an arbitrary start.
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  package static var now: MonotonicTime { MonotonicTime(nanoseconds: read(CLOCK_MONOTONIC)) }

  package static let distantFuture = MonotonicTime(nanoseconds: .max)

  package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }

  package static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
    let (sum, overflow) = time.nanoseconds.addingReportingOverflow(duration.nanoseconds)
    return overflow ? .distantFuture : MonotonicTime(nanoseconds: sum)
  }

  package static func - (time: MonotonicTime, duration: Duration) -> MonotonicTime {
    let (difference, overflow) = time.nanoseconds.subtractingReportingOverflow(duration.nanoseconds)
    return MonotonicTime(nanoseconds: overflow ? .min : difference)
  }

  package static func - (left: MonotonicTime, right: MonotonicTime) -> Duration {
    .nanoseconds(left.nanoseconds - right.nanoseconds)
  }
}

extension MonotonicTime? {
  /// The earlier of two; nil = never.
  package func earlier(_ other: MonotonicTime?) -> MonotonicTime? {
    guard let self, let other else { return self ?? other }
    return Swift.min(self, other)
  }
}

/// A moment of the calendar (CLOCK_REALTIME): for what outlives the process. May jump when somebody sets the clock.
package struct WallTime: Sendable, Hashable, Comparable {
  /// Since 1970-01-01T00:00:00Z.
  package let microseconds: Int64

  package init(microseconds: Int64) { self.microseconds = microseconds }

  package static var now: WallTime { WallTime(microseconds: read(CLOCK_REALTIME) / 1000) }

  package static func < (left: WallTime, right: WallTime) -> Bool { left.microseconds < right.microseconds }

  package static func + (time: WallTime, duration: Duration) -> WallTime {
    WallTime(microseconds: time.microseconds &+ duration.microseconds)
  }

  package static func - (time: WallTime, duration: Duration) -> WallTime {
    WallTime(microseconds: time.microseconds &- duration.microseconds)
  }

  package static func - (left: WallTime, right: WallTime) -> Duration {
    .microseconds(left.microseconds &- right.microseconds)
  }
}

extension Duration {
  /// Whole nanoseconds; about 292 years at most.
  package var nanoseconds: Int64 { Int64(truncatingIfNeeded: attoseconds / 1_000_000_000) }

  package var microseconds: Int64 { nanoseconds / 1000 }

  /// Rounded down.
  package var milliseconds: Int64 { nanoseconds / 1_000_000 }
}

private func read(_ clock: clockid_t) -> Int64 {
  var time = timespec()
  clock_gettime(clock, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
