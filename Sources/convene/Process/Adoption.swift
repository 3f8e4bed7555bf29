internal import EventLoop

/// Workers taking over another configuration, counted until all have: from then on no request begins with the one before.
final class Adoption: Sendable {
  /// A worker's turn takes some milliseconds at most.
  private static let patience: Duration = .seconds(5)

  private let missing: Monitor<Int>

  init(workers: Int) { missing = Monitor(workers) }

  /// Called by each worker once.
  func done() {
    missing.withLock { $0 -= 1 }
    missing.wake()
  }

  func wait() { _ = missing.wait(until: .now + Self.patience) { $0 <= 0 ? () : nil } }
}
