internal import Synchronization

/// How many callers' connections there are, over all workers.
package final class ConnectionLimit: Sendable {
  private let count = Atomic<Int>(0)

  package init() {}

  /// The number of connections, the new one included.
  func enter() -> Int { count.add(1, ordering: .relaxed).newValue }

  func leave() { count.subtract(1, ordering: .relaxed) }
}
