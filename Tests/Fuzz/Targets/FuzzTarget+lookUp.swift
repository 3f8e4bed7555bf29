internal import EventLoop

@testable internal import Gateway

extension FuzzTarget {
  /// What is answered to each look-up, as `ScriptedOutcomes` reads it.
  ///
  /// 1. It comes to a conclusion, after no more look-ups than it may make.
  /// 2. A conference is found only where the last reply describes it.
  /// 3. None is there only where each list was whole and had no row that may be the command's.
  static func checkLookUp(_ input: [UInt8]) throws(Violation) {
    var outcomes = ScriptedOutcomes(input)
    var now = MonotonicTime(nanoseconds: 100_000_000_000)
    var reconciliation = Reconciliation(
      Reconciliation.Subject(
        name: "standup", callControlID: "v3:x", region: "US", firstSent: WallTime(microseconds: 1_800_000_000_000_000),
        sent: now, others: ["c-other"]))
    var action = reconciliation.begin()
    var replies: [(path: String, reply: AttemptOutcome)] = []
    while case .look(let path) = action {
      try require(replies.count < Reconciliation.mostLooks, "there are no more look-ups than may be")
      try require(path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && path.hasPrefix("/conferences"), "a path is a path")
      let outcome = outcomes.next()
      replies.append((path, outcome))
      now = now + .seconds(10)
      action = reconciliation.lookedUp(outcome, at: now)
    }
    guard case .conclude(let conclusion) = action else { return }
    switch conclusion {
    case .unclear: return
    case .found(let reply, let id):
      try require(
        !id.isEmpty && names(reply, id), "what is found is described")
    case .absent:
      let lists = replies.filter { $0.path.contains("filter") }
      for status in ["init", "in_progress", "completed"] {
        try require(lists.contains { $0.path.contains("=\(status)&") }, "all of \(status) were asked for")
      }
      for (_, outcome) in lists {
        guard case .replied(let reply) = outcome, reply.status == 200 else { throw Violation("each list was there") }
        guard let reading = IndependentJSON(reply.body) else { continue }
        _ = try require(reading["data"]?.elements, "each list is a list")
      }
    }
  }
}
