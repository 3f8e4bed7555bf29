import Foundation
import Synchronization
import Testing

@testable import Metrics

@Suite("Counts of one thread")
struct CellTests {
  /// Its table, as others see it.
  private final class Handed: Sendable { let reader = Mutex<CellTable.Reader?>(nil) }

  @Test("are read by others while they grow, and never go back")
  func monotone() {
    let histogram = Histogram(.amounts([1, 2, 4]))
    let handed = Handed()
    let writer = Thread {
      let table = CellTable(size: 2)
      handed.reader.withLock { $0 = table.reader }
      for number in 0..<200_000 {
        histogram.observe(number % 6)
        table[number % 50].add(to: 1)
      }
    }
    writer.start()
    var last = (count: 0, sum: 0)
    var hasGoneBack = false
    while last.count < 200_000 || last.sum < 200_000 {
      let cells = handed.reader.withLock { $0 }?.all ?? [:]
      let now = (count: histogram.reading.count, sum: cells.values.reduce(0) { $0 + $1[1] })
      if now.count < last.count || now.sum < last.sum { hasGoneBack = true }
      last = now
    }
    let cells = handed.reader.withLock { $0 }?.all ?? [:]
    #expect(!hasGoneBack && last == (200_000, 200_000))
    #expect(cells.count == 50 && cells.values.allSatisfy { $0[0] == 0 && $0[1] == 4000 })
  }

  @Test(
    "fall into the range whose bound they don't exceed", arguments: [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3)])
  func ranges(value: Int, range: Int) {
    let histogram = Histogram(.amounts([1, 2, 4]))
    histogram.observe(value)
    #expect(histogram.reading.counts.firstIndex(of: 1) == range && histogram.reading.sum == value)
  }
}
