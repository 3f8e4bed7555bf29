internal import Gateway
internal import JSON

/// What `look_v1` is asked to charge for some admissions, and what it decides: the same walk through them, for the answers' sake.
struct ChargePlan {
  private let admissions: [Admission]
  private var limits: [SharedLimit] = []
  /// Of each admission its limits, as places in `limits` from 1, with zeros behind them.
  private var places: [Int32] = []
  private let width: Int
  /// In the order of their bytes, in which all replicas lock them.
  private var keys = PostgresArray(of: .text)
  private var intervals = PostgresArray(of: .integer64)
  private var tolerances = PostgresArray(of: .integer64)
  private var credits = PostgresArray(of: .integer64)

  /// - Parameter credit: of a limit, requests that are given back.
  init(_ admissions: [Admission], credit: (String) -> Int64) {
    self.admissions = admissions
    width = admissions.lazy.map { $0.limits.count }.max() ?? 0
    var rules: [ByteString: LimitRule] = [:]
    for admission in admissions { for charge in admission.limits { rules[ByteString(charge.key)] = charge.rule } }
    var placesOfKeys: [ByteString: Int32] = [:]
    for (key, rule) in rules.sorted(by: { $0.key.text.utf8.lexicographicallyPrecedes($1.key.text.utf8) }) {
      let limit = SharedLimit(rule)
      limits.append(limit)
      placesOfKeys[key] = Int32(limits.count)
      keys.append(key.text)
      intervals.append(limit.interval)
      tolerances.append(limit.tolerance)
      credits.append(credit(key.text))
    }
    places.reserveCapacity(admissions.count * width)
    for admission in admissions {
      for charge in admission.limits { places.append(placesOfKeys[ByteString(charge.key)] ?? 0) }
      for _ in admission.limits.count..<width { places.append(0) }
    }
  }

  /// Behind the ids, of which the first are the admissions'.
  func append(to parameters: inout PostgresParameters) {
    parameters.append(present: keys)
    parameters.append(present: intervals)
    parameters.append(present: tolerances)
    var places = PostgresArray(of: .integer32)
    for place in self.places { places.append(place) }
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
    guard times.count == limits.count else { return }
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
