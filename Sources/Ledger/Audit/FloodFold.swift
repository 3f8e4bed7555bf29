internal import EventLoop
internal import Gateway

/// Keeps what strangers and repeats can cause from filling the disk: of refusals, limits, conflicts and replays some have a
/// record of their own, the others are counted, and one record tells how many there were. Never asked about what was
/// forwarded or recovered: each of those has its own record.
///
/// Strangers, who have shown no key, are counted apart from callers: whatever they do, a caller's record is not folded for
/// it. See `FloodPool` for how much each of the two may cause.
struct FloodFold {
  private var callers: FloodPool
  private var strangers: FloodPool
  /// The last number that a note was given.
  var lastNote: Int64 = 0

  /// - Parameter allowed: records of one kind from one source within a second. All callers together have four times as
  ///   many, all strangers together twice as many.
  init(allowed: Int = 50) {
    callers = FloodPool(ofOneKind: allowed, inAll: allowed.saturated(times: 4), mostCounts: 64)
    strangers = FloodPool(ofOneKind: allowed, inAll: allowed.saturated(times: 2), mostCounts: 16)
  }

  /// When something that was counted is due to be told; nil = nothing.
  var due: MonotonicTime? { [callers.due, strangers.due].compactMap(\.self).min() }

  /// - Returns: whether the record was counted here and must not be written.
  mutating func fold(_ record: AuditRecord, now: MonotonicTime) -> Bool {
    if record.entry.caller == nil {
      strangers.fold(record, now: now, &lastNote)
    } else {
      callers.fold(record, now: now, &lastNote)
    }
  }

  /// Takes what is to be noted: the records that have grown, as they stand.
  mutating func takeGrown() -> [AuditRecord] { callers.takeGrown() + strangers.takeGrown() }

  /// Takes the counted records whose time is over (`now` = nil: all).
  mutating func takeDue(now: MonotonicTime?) -> [AuditRecord] {
    callers.takeDue(now: now) + strangers.takeDue(now: now)
  }
}

extension Int {
  fileprivate func saturated(times factor: Int) -> Int {
    let (product, isTooLarge) = multipliedReportingOverflow(by: factor)
    // Never so few that a handful of sources at once would be folded.
    return isTooLarge ? .max : Swift.max(product, 16)
  }
}
