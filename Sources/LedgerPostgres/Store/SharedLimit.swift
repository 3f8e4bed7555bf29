internal import Gateway

/// A limit as `look_v1` counts it: the generic cell rate algorithm in whole nanoseconds. `GCRA` is the same in finer units.
///
/// The interval is rounded up, so that a limit never allows more than it says, and the tolerance is as many intervals as may
/// come at once, so that it allows these.
struct SharedLimit: Equatable {
  let interval: Int64
  let tolerance: Int64

  init(_ rule: LimitRule) {
    let every = rule.every.components
    let nanoseconds = every.seconds * 1_000_000_000 + every.attoseconds / 1_000_000_000
    let allow = Int64(max(rule.allow, 1))
    interval = max(1, (nanoseconds + allow - 1) / allow)
    tolerance = interval.multipliedReportingOverflow(by: Int64(max(rule.burst, 1))).partialValue
  }

  /// - Parameters:
  ///   - time: the theoretical arrival time; ns since 1970.
  ///   - now: ns since 1970.
  func allows(_ time: Int64, now: Int64) -> Bool { time + interval - now <= tolerance }

  func status(_ rule: LimitRule, _ time: Int64, now: Int64) -> LimitStatus {
    let ahead = max(time - now, 0)
    let remaining = max(0, (tolerance - ahead) / interval)
    let rest = ahead + (remaining + 1) * interval - tolerance
    let reset = Int(clamping: (max(rest, 0) + 999_999_999) / 1_000_000_000)
    return LimitStatus(
      rule: rule, remaining: Int(clamping: remaining), retryAfter: remaining > 0 ? 0 : reset, reset: reset)
  }
}
