/// How often something was observed in each of some ranges. One thread observes, any other may read.
package final class Histogram: Sendable {
  /// The ranges' upper bounds, in ascending order.
  package struct Bounds: Sendable {
    /// In nanoseconds where they are times.
    let values: [Int]
    let areTimes: Bool

    /// - Parameter microseconds: shown as seconds.
    package static func times(microseconds: [Int]) -> Bounds {
      Bounds(values: microseconds.map { $0 * 1000 }, areTimes: true)
    }

    package static func amounts(_ values: [Int]) -> Bounds { Bounds(values: values, areTimes: false) }

    /// As the label `le` has it, in both formats: a float in its shortest form (OpenMetrics 1.0, "Considerations: Canonical
    /// Numbers").
    func text(_ index: Int) -> String {
      index < values.count ? "\(areTimes ? Double(values[index]) / 1e9 : Double(values[index]))" : "+Inf"
    }
  }

  /// What was observed so far.
  package struct Reading: Sendable {
    package let bounds: Bounds
    /// Of each range, and of what is beyond all of them.
    package fileprivate(set) var counts: [Int]
    /// Of all values.
    package fileprivate(set) var sum: Int

    package init(_ bounds: Bounds) {
      self.bounds = bounds
      counts = Array(repeating: 0, count: bounds.values.count + 1)
      sum = 0
    }

    package var count: Int { counts.reduce(0, +) }

    /// Adds what another one has observed, which has the same bounds.
    package static func += (reading: inout Reading, histogram: Histogram) {
      for index in reading.counts.indices { reading.counts[index] += histogram.cells[index] }
      reading.sum += histogram.cells[reading.counts.count]
    }
  }

  private let bounds: Bounds
  /// Of each range, beyond all, and the sum.
  private let cells: Cells

  package init(_ bounds: Bounds) {
    self.bounds = bounds
    cells = Cells(bounds.values.count + 2)
  }

  /// For the one thread that writes.
  ///
  /// - Parameter value: ns where the bounds are times.
  package func observe(_ value: Int) {
    var index = 0
    while index < bounds.values.count, value > bounds.values[index] { index += 1 }
    cells.add(to: index)
    cells.add(value, to: bounds.values.count + 1)
  }

  package var reading: Reading {
    var reading = Reading(bounds)
    reading += self
    return reading
  }
}
