/// What callers do in one case, in order.
struct Scenario: Sendable {
  enum Step: Sendable {
    /// The fault meets the next create that reaches the simulator.
    case create(String, fault: String?)
    /// All at once; the same id may stand here twice.
    case together([String])
    /// Another body under an id that was answered.
    case other(String)
    /// So many requests at once that are refused, with nothing in their bodies.
    case flood(Int)
  }

  /// All but the last lose a reply that was, or wasn't, preceded by an execution.
  private static let faults = [
    "close-after", "reset-before", "status=503", "cut=40", "status-after=502", "no-conference", "reset-after",
    "garbage-body", "close-before", "delay=5",
  ]

  let steps: [Step]
  let ids: [String]

  /// - Parameter number: which faults.
  init(_ number: Int) {
    let first = Self.faults[number % Self.faults.count]
    let second = Self.faults[(number * 3 + 1) % Self.faults.count]
    ids = ["a", "b", "c", "d", "e", "f"].map { "\($0)-\(number)" }
    steps = [
      .create(ids[0], fault: nil), .create(ids[1], fault: first), .create(ids[0], fault: nil),
      .together([ids[2], ids[3], ids[4], ids[2]]), .create(ids[5], fault: second), .other(ids[0]),
    ]
  }

  init(steps: [Step], ids: [String]) {
    self.steps = steps
    self.ids = ids
  }

  var faults: Int { steps.count { if case .create(_, .some) = $0 { true } else { false } } }
}
