import EventLoop
import Gateway
import Testing

@Suite("The budget for look-ups")
struct LookUpBudgetTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Milliseconds since the first one, each with how many are asked for then.
    let asked: [(at: Int64, count: Int)]
    /// Of each of them, how many are granted.
    let granted: [Int]
  }

  static let rows = [
    Row(testDescription: "one is granted", asked: [(0, 1)], granted: [1]),
    Row(testDescription: "twenty at once are granted, the others are not", asked: [(0, 100)], granted: [20]),
    Row(testDescription: "five a second come back", asked: [(0, 100), (1000, 100), (2000, 100)], granted: [20, 5, 5]),
    Row(testDescription: "less than a whole one is none", asked: [(0, 100), (199, 1), (200, 1)], granted: [20, 0, 1]),
    Row(testDescription: "no more than twenty are saved", asked: [(0, 1), (3_600_000, 100)], granted: [1, 20]),
    Row(testDescription: "those that were refused cost nothing", asked: [(0, 1000), (4000, 100)], granted: [20, 20]),
  ]

  @Test("the table", arguments: rows)
  func table(row: Row) {
    let start = MonotonicTime(nanoseconds: 0)
    var budget = LookUpBudget()
    let granted = row.asked.map { asked in
      (0..<asked.count).count { _ in budget.withdraw(at: start + .milliseconds(asked.at)) }
    }
    #expect(granted == row.granted)
  }
}
