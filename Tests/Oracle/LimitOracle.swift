internal import TestKit

/// Whether a limit was kept: of what was asked for and answered within some time no more was admitted than its burst and its rate allow.
package struct LimitOracle {
  package struct Create: Sendable {
    package let begun: ContinuousClock.Instant
    package let ended: ContinuousClock.Instant

    package init(begun: ContinuousClock.Instant, ended: ContinuousClock.Instant) {
      (self.begun, self.ended) = (begun, ended)
    }
  }

  /// A second.
  package let rate: Int
  package let burst: Int

  package init(rate: Int, burst: Int) { (self.rate, self.burst) = (rate, burst) }

  /// All that was begun and ended within some time was charged within it.
  package func check(_ created: [Create]) throws {
    let byEnd = created.sorted { $0.ended < $1.ended }
    for first in created {
      var count = 0
      for create in byEnd where create.begun >= first.begun {
        count += 1
        let time = first.begun.duration(to: create.ended)
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
        let most = Double(burst) + Double(rate) * seconds
        guard Double(count) <= most else {
          throw Failure("\(count) creates within \(seconds) s, and at most \(most) are allowed")
        }
      }
    }
  }
}
