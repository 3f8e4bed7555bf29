internal import Gateway
internal import JSON

/// What `look_v1` is asked to charge for some admissions, and what it decides: the same walk through them, for the answers' sake.
struct ChargePlan {
  private let admissions: [Admission]
  private let keys: [String]
  private let limits: [SharedLimit]
  /// Of each admission its limits, as places in `keys` from 1, with zeros behind them.
  private let places: [Int32]
  private let width: Int
  private let credits: [Int64]

  /// - Parameters:
  ///   - credit: of a limit, requests that are given back.
  init(_ admissions: [Admission], credit: (String) -> Int64) {
    self.admissions = admissions
    var rules: [ByteString: LimitRule] = [:]
    for admission in admissions { for charge in admission.limits { rules[ByteString(charge.key)] = charge.rule } }
    // In the order of their bytes, in which all replicas lock them.
    let sorted = rules.map { (key: $0.key.text, limit: SharedLimit($0.value)) }
      .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    keys = sorted.map(\.key)
    limits = sorted.map(\.limit)
    width = admissions.map(\.limits.count).max() ?? 0
    var placesOfKeys: [ByteString: Int32] = [:]
    for (index, key) in keys.enumerated() { placesOfKeys[ByteString(key)] = Int32(index + 1) }
    var places: [Int32] = []
    for admission in admissions {
      for index in 0..<width {
        let key = admission.limits.indices.contains(index) ? ByteString(admission.limits[index].key) : nil
        places.append(key.flatMap { placesOfKeys[$0] } ?? 0)
      }
    }
    self.places = places
    credits = keys.map(credit)
  }

  /// Behind the ids, of which the first are the admissions'.
  func append(to parameters: inout PostgresParameters) {
    parameters.append(present: keys)
    parameters.append(present: limits.map(\.interval))
    parameters.append(present: limits.map(\.tolerance))
    parameters.append(present: places)
    parameters.append(Int32(width))
    parameters.append(present: credits)
  }

  /// Whether there is nothing to be charged.
  var isEmpty: Bool { keys.isEmpty }

  /// - Parameters:
  ///   - times: of each limit the theoretical arrival time before; ns since 1970.
  ///   - at: when they were looked at; ns since 1970.
  ///   - isKnown: whether the database knows an admission's command, so that it is not charged.
  ///   - verdict: gets each admission, how its limits stand then, and the one that refuses it.
  func judge(
    times: [Int64], at: Int64, isKnown: (Int) -> Bool = { _ in false },
    _ verdict: (Admission, [LimitStatus], LimitStatus?) -> Void
  ) {
    var times = times
    guard times.count == keys.count else { return }
    for index in admissions.indices where !isKnown(index) {
      let own = places[(index * width)..<((index + 1) * width)].lazy.filter { $0 > 0 }.map { Int($0) - 1 }
      let refusing = own.first { !limits[$0].allows(times[$0], now: at) }
      if refusing == nil { for place in own { times[place] += limits[place].interval } }
      let statuses = zip(own, admissions[index].limits).map { limits[$0].status($1.rule, times[$0], now: at) }
      verdict(
        admissions[index], statuses, refusing.flatMap { refusing in zip(own, statuses).first { $0.0 == refusing }?.1 })
    }
  }
}
