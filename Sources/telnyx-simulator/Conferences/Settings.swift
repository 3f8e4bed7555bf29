/// How the simulator behaves; control calls change it.
struct Settings: Sendable {
  var tokens: Set<String>
  /// How long a command id is remembered; zero is not at all.
  var dedupe: Duration
  /// Whether an active conference keeps others from taking its name. Where it doesn't, an execution too many can't hide.
  var namesAreUnique = true
  var rate: RateWindow
  var faults = FaultPlan()

  /// Takes a create in: the next fault is used up, and the rate counts it if its token is accepted.
  ///
  /// - Parameter fault: the one that the create itself asks for; the plan is then left alone.
  mutating func admit(token: String?, fault: Fault?) -> Admission {
    let isAuthentic = token.map { tokens.contains($0) } ?? false
    return Admission(
      fault: fault ?? faults.next(), isAuthentic: isAuthentic, rate: isAuthentic ? rate.take() : nil, dedupe: dedupe,
      namesAreUnique: namesAreUnique)
  }
}
