internal import Synchronization

/// How many callers' connections there are, over all workers.
package final class ConnectionLimit: Sendable {
  /// One connection's place among them, given back with its last owner.
  final class Place: Sendable {
    /// How many places were taken when this one was, itself included.
    let number: Int
    private let limit: ConnectionLimit

    fileprivate init(_ limit: ConnectionLimit) {
      self.limit = limit
      number = limit.places.add(1, ordering: .relaxed).newValue
    }

    deinit { limit.places.subtract(1, ordering: .relaxed) }
  }

  private let places = Atomic<Int>(0)

  package init() {}

  /// How many there are now.
  package var count: Int { places.load(ordering: .relaxed) }

  func enter() -> Place { Place(self) }
}
