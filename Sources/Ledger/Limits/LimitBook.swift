internal import Gateway

/// How all limits stand: the table `limits`, with what was read of it kept in memory.
///
/// There are as many keys as organization, teams and callers have limits, so the cache needs no bound of its own. What a
/// batch changed is written once at its end, however many of its requests were counted.
struct LimitBook {
  private struct Entry {
    let key: String
    private(set) var rule: LimitRule
    private(set) var gcra: GCRA
    var time: GCRA.ArrivalTime?
    var isDirty = false

    /// - Parameter nanoseconds: the time as the table has it.
    init(key: String, rule: LimitRule, nanoseconds: Int64?) {
      self.key = key
      self.rule = rule
      gcra = GCRA(rule)
      time = nanoseconds.map(gcra.arrivalTime(nanoseconds:))
    }

    /// A reload may give the same key other numbers, and then the time is told anew.
    mutating func change(to rule: LimitRule) {
      let nanoseconds = time.map(gcra.nanoseconds)
      self.rule = rule
      gcra = GCRA(rule)
      time = nanoseconds.map(gcra.arrivalTime(nanoseconds:))
    }
  }

  private var entries: [Entry] = []
  /// Where in `entries` a key has its place.
  private var places: [ByteString: Int] = [:]
  private var dirty: [Int] = []

  /// Counts one request against all of them, or against none.
  ///
  /// - Parameter now: ns since 1970.
  /// - Returns: how each stands then, in their order, and the first that said no.
  mutating func charge(
    _ charges: [LimitCharge], now: Int64, _ statements: LedgerStatements
  ) throws(LedgerError) -> (statuses: [LimitStatus], refusing: LimitStatus?) {
    var after: [(place: Int, time: GCRA.ArrivalTime?)] = []
    after.reserveCapacity(charges.count)
    for charge in charges {
      let place = try place(of: charge, statements)
      if let corrected = entries[place].gcra.corrected(entries[place].time, now: now) { set(place, to: corrected) }
      after.append((place, entries[place].gcra.charge(entries[place].time, now: now)))
    }
    let passes = after.allSatisfy { $0.time != nil }
    var statuses: [LimitStatus] = []
    statuses.reserveCapacity(charges.count)
    var refusing: LimitStatus?
    for (place, time) in after {
      if passes { set(place, to: time) }
      let status = entries[place].gcra.status(entries[place].time, now: now)
      statuses.append(status)
      if time == nil, refusing == nil { refusing = status }
    }
    return (statuses, refusing)
  }

  /// Writes what changed. Within the transaction.
  mutating func write(_ statements: LedgerStatements) throws(LedgerError) {
    for place in dirty {
      guard let time = entries[place].time else { continue }
      statements.writeLimit.bind(1, entries[place].key)
      statements.writeLimit.bind(2, entries[place].gcra.nanoseconds(time))
      try statements.writeLimit.run()
      entries[place].isDirty = false
    }
    dirty.removeAll(keepingCapacity: true)
  }

  /// Forgets all that is not in the table.
  mutating func rollBack() {
    entries.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    dirty.removeAll(keepingCapacity: true)
  }

  private mutating func set(_ place: Int, to time: GCRA.ArrivalTime?) {
    if !entries[place].isDirty { dirty.append(place) }
    entries[place].time = time
    entries[place].isDirty = true
  }

  private mutating func place(
    of charge: LimitCharge, _ statements: LedgerStatements
  ) throws(LedgerError) -> Int {
    let key = ByteString(charge.key)
    if let place = places[key] {
      if entries[place].rule != charge.rule { entries[place].change(to: charge.rule) }
      return place
    }
    statements.readLimit.bind(1, charge.key)
    let time = try statements.readLimit.first { (row) throws(LedgerError) in row.integer(0) }
    entries.append(Entry(key: charge.key, rule: charge.rule, nanoseconds: time))
    places[key] = entries.count - 1
    return entries.count - 1
  }
}
