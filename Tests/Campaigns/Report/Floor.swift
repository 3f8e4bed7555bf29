/// What a full run must have reached at the least: points that are never met with show nothing.
struct Floor: Sendable {
  /// As the tally counts it.
  let name: String
  let count: Int

  /// - Returns: what is wrong; nil = nothing.
  func objection(_ tally: Tally) -> String? {
    let reached = tally[name]
    return reached < count ? "only \(reached) \(name), and a full run has at least \(count)" : nil
  }
}
