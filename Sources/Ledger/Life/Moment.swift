package import EventLoop

/// A moment told by two clocks: the calendar's, which outlives the machine but can be set, and the machine's own, which
/// can't be set but starts anew with it.
package struct Moment: Sendable, Equatable {
  package let wall: WallTime
  /// Which start of the machine, as the ledger counts them.
  package let boot: Int64
  /// Microseconds since that start, time asleep included (CLOCK_BOOTTIME).
  package let sinceBoot: Int64

  package init(wall: WallTime, boot: Int64, sinceBoot: Int64) {
    self.wall = wall
    self.boot = boot
    self.sinceBoot = sinceBoot
  }

  /// Whether `earlier` was at most `duration` ago, for certain: by both clocks where both can tell. A moment that the
  /// calendar puts in the future was before somebody set the clock back, and how long before nobody knows.
  package func isWithin(_ duration: Duration, after earlier: Moment) -> Bool {
    let limit = duration.microseconds
    let age = wall.microseconds - earlier.wall.microseconds
    guard age >= 0, age <= limit else { return false }
    return boot != earlier.boot || (0...limit).contains(sinceBoot - earlier.sinceBoot)
  }
}
