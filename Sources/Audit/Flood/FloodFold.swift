package import EventLoop
internal import Gateway

/// Keeps what strangers and repeats can cause from filling the disk: of refusals, limits, conflicts and replays some have a
/// record of their own, the others are counted, and one record tells how many there were. Never asked about what was
/// forwarded or recovered: each of those has its own record.
///
/// Strangers, who have shown no key, are counted apart from callers: whatever they do, a caller's record is not folded for
/// it. See `FloodPool` for how much each of the two may cause.
///
/// Each transaction keeps a copy of it, in case it fails, and nearly none changes it: what is in it is copied when it changes.
package struct FloodFold {
  private final class Pools {
    var callers: FloodPool
    var strangers: FloodPool
    var reads: FloodPool

    init(callers: FloodPool, strangers: FloodPool, reads: FloodPool) {
      self.callers = callers
      self.strangers = strangers
      self.reads = reads
    }

    var copy: Pools { Pools(callers: callers, strangers: strangers, reads: reads) }
  }

  private var pools: Pools
  /// The last number that a note was given.
  package var lastNote: Int64 = 0

  /// - Parameter allowed: records of one kind from one source within a second. All callers together have four times as
  ///   many, all strangers together twice as many.
  package init(allowed: Int = 50) {
    pools = Pools(
      callers: FloodPool(ofOneKind: allowed, inAll: allowed.saturated(times: 4), mostCounts: 64),
      strangers: FloodPool(ofOneKind: allowed, inAll: allowed.saturated(times: 2), mostCounts: 16),
      reads: FloodPool(ofOneKind: 0, inAll: 0, mostCounts: 256))
  }

  /// When something that was counted is due to be told; nil = nothing.
  package var due: MonotonicTime? { pools.callers.due.earlier(pools.strangers.due).earlier(pools.reads.due) }

  /// - Returns: whether the record was counted here and must not be written.
  package mutating func fold(_ record: AuditRecord, now: MonotonicTime) -> Bool {
    makeUnique()
    return record.entry.caller == nil
      ? pools.strangers.fold(record, now: now, &lastNote) : pools.callers.fold(record, now: now, &lastNote)
  }

  /// Counts a record that is never written by itself: what a caller has only looked at.
  package mutating func count(_ record: AuditRecord, now: MonotonicTime) {
    makeUnique()
    pools.reads.count(record, now: now, &lastNote)
  }

  /// Takes what is to be noted: the records that have grown, as they stand.
  package mutating func takeGrown() -> [AuditRecord] {
    guard pools.callers.hasGrown || pools.strangers.hasGrown || pools.reads.hasGrown else { return [] }
    makeUnique()
    return pools.callers.takeGrown() + pools.strangers.takeGrown() + pools.reads.takeGrown()
  }

  /// Takes the counted records whose time is over (`now` = nil: all).
  package mutating func takeDue(now: MonotonicTime?) -> [AuditRecord] {
    guard let due, now.map({ $0 >= due }) ?? true else { return [] }
    makeUnique()
    return pools.callers.takeDue(now: now) + pools.strangers.takeDue(now: now) + pools.reads.takeDue(now: now)
  }

  private mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&pools) { pools = pools.copy }
  }
}

extension Int {
  fileprivate func saturated(times factor: Int) -> Int {
    let (product, isTooLarge) = multipliedReportingOverflow(by: factor)
    // Never so few that a handful of sources at once would be folded.
    return isTooLarge ? .max : Swift.max(product, 16)
  }
}
