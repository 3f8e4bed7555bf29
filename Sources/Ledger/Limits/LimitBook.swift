internal import Gateway

/// How all limits stand: the table `limits`, with what was read of it kept in memory.
///
/// There are as many keys as organization, teams and callers have limits, so the cache needs no bound of its own. What a
/// batch changed is written once at its end, however many of its requests were counted.
struct LimitBook {
  private struct Entry {
    /// Kept: a reload may give the same key other numbers, and then the time is told anew.
    let rule: LimitRule
    let gcra: GCRA
    var time: GCRA.ArrivalTime?
    var isDirty = false
  }

  private var entries: [ByteString: Entry] = [:]
  private var dirty: [ByteString] = []

  /// Counts one request against all of them, or against none.
  ///
  /// - Parameter now: ns since 1970.
  /// - Returns: how each stands then, in their order, and the first that said no.
  mutating func charge(
    _ charges: [LimitCharge], now: Int64, _ statements: LedgerStatements
  ) throws(LedgerError) -> (statuses: [LimitStatus], refusing: LimitStatus?) {
    var after: [GCRA.ArrivalTime?] = []
    after.reserveCapacity(charges.count)
    for charge in charges {
      var entry = try entry(for: charge, statements)
      if let corrected = entry.gcra.corrected(entry.time, now: now) {
        set(ByteString(charge.key), to: corrected)
        entry.time = corrected
      }
      after.append(entry.gcra.charge(entry.time, now: now))
    }
    let passes = after.allSatisfy { $0 != nil }
    var statuses: [LimitStatus] = []
    statuses.reserveCapacity(charges.count)
    var refusing: LimitStatus?
    for (charge, time) in zip(charges, after) {
      let key = ByteString(charge.key)
      guard let entry = entries[key] else { continue }
      if passes { set(key, to: time) }
      let status = entry.gcra.status(passes ? time : entry.time, now: now)
      statuses.append(status)
      if time == nil, refusing == nil { refusing = status }
    }
    return (statuses, refusing)
  }

  /// Writes what changed. Within the transaction.
  mutating func write(_ statements: LedgerStatements) throws(LedgerError) {
    for key in dirty {
      guard let entry = entries[key], let time = entry.time else { continue }
      statements.writeLimit.bind(1, key.text)
      statements.writeLimit.bind(2, entry.gcra.nanoseconds(time))
      try statements.writeLimit.run()
      entries[key]?.isDirty = false
    }
    dirty.removeAll(keepingCapacity: true)
  }

  /// Forgets all that is not in the table.
  mutating func rollBack() {
    entries.removeAll(keepingCapacity: true)
    dirty.removeAll(keepingCapacity: true)
  }

  private mutating func set(_ key: ByteString, to time: GCRA.ArrivalTime?) {
    if entries[key]?.isDirty == false { dirty.append(key) }
    entries[key]?.time = time
    entries[key]?.isDirty = true
  }

  private mutating func entry(
    for charge: LimitCharge, _ statements: LedgerStatements
  ) throws(LedgerError) -> Entry {
    let key = ByteString(charge.key)
    if let known = entries[key], known.rule == charge.rule { return known }
    let gcra = GCRA(charge.rule)
    let time: Int64?
    var isDirty = false
    if let known = entries[key] {
      time = known.time.map(known.gcra.nanoseconds)
      isDirty = known.isDirty
    } else {
      statements.readLimit.bind(1, charge.key)
      time = try statements.readLimit.first { (row) throws(LedgerError) in row.integer(0) }
    }
    let entry = Entry(
      rule: charge.rule, gcra: gcra, time: time.map(gcra.arrivalTime(nanoseconds:)), isDirty: isDirty)
    entries[key] = entry
    return entry
  }
}
