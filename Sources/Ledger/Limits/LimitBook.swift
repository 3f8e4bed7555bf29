internal import Gateway
internal import JSON

/// How all limits stand where this process alone counts them: the table `limits`, with what was read of it kept in memory.
///
/// There are as many keys as organization, teams and callers have limits, so the cache needs no bound of its own. What a
/// batch changed is written once at its end, however many of its requests were counted.
struct LimitBook {
  /// A class, so that a request's limits are found once and then at hand.
  private final class Entry {
    let key: String
    private(set) var rule: LimitRule
    private(set) var gcra: GCRA
    var time: GCRA.ArrivalTime?
    var isDirty = false
    /// After the request that was asked for last; nil where it must not pass.
    var next: GCRA.ArrivalTime?

    /// - Parameter nanoseconds: the time as the table has it.
    init(key: String, rule: LimitRule, nanoseconds: Int64?) {
      self.key = key
      self.rule = rule
      gcra = GCRA(rule)
      time = nanoseconds.map(gcra.arrivalTime(nanoseconds:))
    }

    /// A reload may give the same key other numbers: as many requests are used then as before.
    ///
    /// - Returns: the time by the new numbers.
    func change(to rule: LimitRule, now: Int64) -> GCRA.ArrivalTime? {
      let old = gcra
      self.rule = rule
      gcra = GCRA(rule)
      return time.map { gcra.arrivalTime($0, of: old, now: now) }
    }
  }

  private let store: any LimitStore
  private var entries: [ByteString: Entry] = [:]
  private var dirty: [Entry] = []
  /// The limits of the request that was asked for last, and where they are. A caller's requests all come with one and the
  /// same array, and most follow one of the same caller.
  private var asked: (charges: [LimitCharge], entries: [Entry]) = ([], [])

  init(_ store: any LimitStore) { self.store = store }

  /// Counts one request against all of them, or against none.
  ///
  /// - Parameter now: ns, as `LimitClock` tells them.
  /// - Returns: how each stands then, in their order, and the first that said no.
  mutating func charge(
    _ charges: [LimitCharge], now: Int64
  ) throws(LedgerError) -> (statuses: [LimitStatus], refusing: LimitStatus?) {
    if try allows(charges, now: now) { return (count(now: now), nil) }
    let statuses = asked.entries.map { $0.gcra.status($0.time, now: now) }
    let refusing = asked.entries.firstIndex { $0.next == nil }
    return (statuses, refusing.map { statuses[$0] })
  }

  /// Whether one request more may pass all of them. It is not counted yet.
  mutating func allows(_ charges: [LimitCharge], now: Int64) throws(LedgerError) -> Bool {
    if !charges.isSameArray(as: asked.charges) {
      asked = ([], [])
      var entries: [Entry] = []
      for charge in charges { entries.append(try entry(for: charge, now: now)) }
      asked = (charges, entries)
    }
    var passes = true
    for entry in asked.entries {
      if let corrected = entry.gcra.corrected(entry.time, now: now) { set(entry, to: corrected) }
      entry.next = entry.gcra.charge(entry.time, now: now)
      if entry.next == nil { passes = false }
    }
    return passes
  }

  /// Counts the request that may pass, as was just asked.
  ///
  /// - Returns: how each of its limits stands then, in their order.
  mutating func count(now: Int64) -> [LimitStatus] {
    var statuses: [LimitStatus] = []
    statuses.reserveCapacity(asked.entries.count)
    for entry in asked.entries {
      set(entry, to: entry.next)
      statuses.append(entry.gcra.status(entry.time, now: now))
    }
    return statuses
  }

  /// Writes what changed. Within the transaction.
  mutating func write() throws(LedgerError) {
    for entry in dirty {
      guard let time = entry.time else { continue }
      try store.setLimit(entry.key, to: entry.gcra.nanoseconds(time))
      entry.isDirty = false
    }
    dirty.removeAll(keepingCapacity: true)
  }

  /// Forgets all that is not in the table.
  mutating func rollBack() {
    entries.removeAll(keepingCapacity: true)
    dirty.removeAll(keepingCapacity: true)
    asked = ([], [])
  }

  private mutating func set(_ entry: Entry, to time: GCRA.ArrivalTime?) {
    if !entry.isDirty { dirty.append(entry) }
    entry.time = time
    entry.isDirty = true
  }

  private mutating func entry(for charge: LimitCharge, now: Int64) throws(LedgerError) -> Entry {
    let key = ByteString(charge.key)
    if let entry = entries[key] {
      // What the table has is by the old numbers, so that it is written whether or not a request passes.
      if entry.rule != charge.rule { set(entry, to: entry.change(to: charge.rule, now: now)) }
      return entry
    }
    // By which numbers the table doesn't say: a key's first request takes them for today's.
    let time = try store.limit(charge.key)
    let entry = Entry(key: charge.key, rule: charge.rule, nanoseconds: time)
    entries[key] = entry
    return entry
  }
}

extension [LimitCharge] {
  /// Whether both are one array in memory, and so equal: neither can change while both are held.
  fileprivate func isSameArray(as other: Self) -> Bool {
    withUnsafeBufferPointer { mine in
      other.withUnsafeBufferPointer { mine.baseAddress == $0.baseAddress && mine.count == $0.count }
    }
  }
}
