internal import Synchronization

/// How many callers' connections there are, over all workers.
package final class ConnectionLimit: Sendable {
  private let places = Atomic<Int>(0)

  package init() {}

  /// The number of connections, the new one included.
  func enter() -> Int { places.add(1, ordering: .relaxed).newValue }

  /// How many there are now.
  package var count: Int { places.load(ordering: .relaxed) }

  func leave() { places.subtract(1, ordering: .relaxed) }
}
