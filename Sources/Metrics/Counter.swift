internal import Synchronization

/// A count that any thread may raise and any other may read.
package final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  package init() {}

  package var value: Int { count.load(ordering: .relaxed) }

  package func add(_ amount: Int = 1) { count.add(amount, ordering: .relaxed) }
}
