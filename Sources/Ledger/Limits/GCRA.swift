internal import EventLoop
package import Gateway

/// The generic cell rate algorithm: a rate limit whose whole memory is one moment.
///
/// That moment, the theoretical arrival time, is when the next request would be due if requests came evenly. A request
/// moves it on by one interval; it passes if the moment is then at most `burst` intervals ahead of now. (ITU-T I.371,
/// annex A, the virtual scheduling form.)
///
/// Time is counted in units of 1/`allow` ns, so that an interval is a whole number of them: allowing 3 a second is an
/// interval of 333,333,333 and a third ns, and after a million requests nothing has been rounded.
package struct GCRA: Sendable {
  /// In units of 1/`allow` ns.
  private let interval: Int128
  private let tolerance: Int128
  private let allow: Int128
  private let rule: LimitRule

  package init(_ rule: LimitRule) {
    self.rule = rule
    allow = Int128(max(rule.allow, 1))
    interval = Int128(max(rule.every.nanoseconds, 1))
    tolerance = interval * Int128(max(rule.burst, 1))
  }

  /// A moment in this limit's own units.
  package struct ArrivalTime: Sendable, Equatable {
    fileprivate let units: Int128
  }

  /// - Parameter nanoseconds: as `LimitClock` tells them.
  package func arrivalTime(nanoseconds: Int64) -> ArrivalTime { ArrivalTime(units: Int128(nanoseconds) * allow) }

  /// Rounded up: a limit that is read back never allows more than it did.
  package func nanoseconds(_ time: ArrivalTime) -> Int64 { Int64(clamping: (time.units + allow - 1) / allow) }

  /// Counts one request at `now` (ns, as `LimitClock` tells them).
  ///
  /// - Parameter before: nil where nothing was counted yet.
  /// - Returns: the arrival time after the request, or nil where it must not pass.
  package func charge(_ before: ArrivalTime?, now: Int64) -> ArrivalTime? {
    let after = current(before, now: now) + interval
    return after - Int128(now) * allow <= tolerance ? ArrivalTime(units: after) : nil
  }

  /// A moment that no charge can have led to: over a start of the machine the clock was set back.
  ///
  /// - Returns: what to put in its place, or the limit would stay shut for as long as the clock was set back; nil where
  ///   all is well.
  package func corrected(_ time: ArrivalTime?, now: Int64) -> ArrivalTime? {
    guard let time, current(time, now: now) < time.units else { return nil }
    return ArrivalTime(units: current(time, now: now))
  }

  /// The arrival time by this limit's numbers where so many requests are used as by another's: it is requests that a caller
  /// has used, not time.
  ///
  /// - Parameters:
  ///   - time: by `other`.
  ///   - now: ns.
  package func arrivalTime(_ time: ArrivalTime, of other: GCRA, now: Int64) -> ArrivalTime {
    let ahead = other.current(time, now: now) - Int128(now) * other.allow
    let (requests, rest) = ahead.quotientAndRemainder(dividingBy: other.interval)
    // Apart, as the product of both would be more than there is room for. Rounded up, as above.
    let part = (rest * interval + other.interval - 1) / other.interval
    return ArrivalTime(units: Int128(now) * allow + requests * interval + part)
  }

  /// How the limit stands at `now` (ns).
  package func status(_ time: ArrivalTime?, now: Int64) -> LimitStatus {
    let ahead = current(time, now: now) - Int128(now) * allow
    let remaining = (tolerance - ahead) / interval
    let reset = seconds(ahead + (remaining + 1) * interval - tolerance)
    return LimitStatus(
      rule: rule, remaining: Int(clamping: remaining), retryAfter: remaining > 0 ? 0 : reset, reset: reset)
  }

  /// Never before now, as unused requests are not saved up beyond the burst; and never more than the burst ahead of now.
  private func current(_ time: ArrivalTime?, now: Int64) -> Int128 {
    let now = Int128(now) * allow
    return min(max(time?.units ?? now, now), now + tolerance)
  }

  private func seconds(_ units: Int128) -> Int {
    let second = 1_000_000_000 * allow
    return Int(clamping: (max(units, 0) + second - 1) / second)
  }
}
