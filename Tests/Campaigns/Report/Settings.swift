/// How much a campaign does.
struct Settings: Sendable {
  /// Nil: as many as the campaign thinks fit.
  var cases: Int?
  var seed: UInt64
  /// Cases at a time.
  var jobs: Int
  /// The name of the one case to run, as a violation tells it.
  var only: String?
  /// Only every so many-th case, from one on.
  var slice: Slice?
  /// A directory for what the gateways of a fleet said in a case with a violation.
  var logs: String?

  var isPart: Bool { cases != nil || only != nil || slice != nil }

  /// The k-th of n parts of a campaign, each as varied as the whole.
  struct Slice: Sendable {
    let number: Int
    let count: Int

    init?(_ text: String) {
      let parts = text.split(separator: "/").compactMap { Int($0) }
      guard parts.count == 2, (1...max(1, parts[1])).contains(parts[0]) else { return nil }
      (number, count) = (parts[0], parts[1])
    }

    func callAsFunction<Case>(_ cases: [Case]) -> [Case] {
      // Whatever comes every so many cases comes to each part.
      cases.enumerated().filter { ($0.offset + $0.offset / count) % count == number - 1 }.map(\.element)
    }
  }
}
