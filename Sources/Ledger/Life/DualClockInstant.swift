package import EventLoop

/// A moment told by two clocks: the calendar's, which outlives the machine but can be set, and the machine's own, which
/// can't be set but starts anew with it.
package struct DualClockInstant: Sendable, Equatable {
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

  /// Whether `earlier` was at most `duration` ago, for certain.
  package func isWithin(_ duration: Duration, after earlier: DualClockInstant) -> Bool {
    rest(of: duration, after: earlier) != nil
  }

  /// What is surely left of a duration that began with `earlier`: by both clocks where both can tell, whichever leaves
  /// less. nil where it is over, or may be: a moment that the calendar puts in the future was before somebody set the clock
  /// back, and how long before nobody knows.
  package func rest(of duration: Duration, after earlier: DualClockInstant) -> Duration? {
    let byCalendar = wall.microseconds - earlier.wall.microseconds
    let byMachine = ageSinceBoot(of: earlier) ?? byCalendar
    guard min(byCalendar, byMachine) >= 0 else { return nil }
    let rest = duration.microseconds - max(byCalendar, byMachine)
    return rest < 0 ? nil : .microseconds(rest)
  }

  /// Whether `earlier` was more than `duration` ago, for certain: by the calendar, which somebody may have set forward, and
  /// by the machine's own clock where it can tell.
  package func isBeyond(_ duration: Duration, after earlier: DualClockInstant) -> Bool {
    let byCalendar = wall.microseconds - earlier.wall.microseconds
    return min(byCalendar, ageSinceBoot(of: earlier) ?? byCalendar) > duration.microseconds
  }

  /// By the clock that can't be set, where it can tell. Negative for a later moment.
  package func age(of earlier: DualClockInstant) -> Duration {
    .microseconds(ageSinceBoot(of: earlier) ?? wall.microseconds - earlier.wall.microseconds)
  }

  /// When `earlier` was, by the calendar as it is set now; where it was set in between, the earlier of both answers.
  package func wallTime(of earlier: DualClockInstant) -> WallTime {
    guard let age = ageSinceBoot(of: earlier) else { return earlier.wall }
    return min(earlier.wall, wall - .microseconds(age))
  }

  /// By the clock that can't be set; nil where it has started anew since.
  package func certainAge(of earlier: DualClockInstant) -> Duration? {
    ageSinceBoot(of: earlier).map { .microseconds($0) }
  }

  /// By the clock that can't be set, where it has not started anew since.
  private func ageSinceBoot(of earlier: DualClockInstant) -> Int64? {
    boot == earlier.boot ? sinceBoot - earlier.sinceBoot : nil
  }
}
