internal import Synchronization

/// Holds threads back until a test opens it.
package final class Gate: Sendable {
  private let isOpened = Atomic<Bool>(false)

  package init() {}

  package func open() { isOpened.store(true, ordering: .releasing) }

  package var isOpen: Bool { isOpened.load(ordering: .acquiring) }

  /// Returns once the gate is open, or when a test has long been over.
  package func pass() { try? wait { isOpen } }
}
