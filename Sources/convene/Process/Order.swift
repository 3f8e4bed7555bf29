internal import Glibc
internal import Synchronization

/// What another thread wants of the one that waits for signals: that the configuration is read anew; or that it knows that all
/// workers have ended.
final class Order: Sendable {
  /// Wakes the waiting thread; from elsewhere it means nothing.
  static let signal = SIGUSR1

  private let flag = Atomic<Bool>(false)

  var isGiven: Bool { flag.load(ordering: .acquiring) }

  /// - Returns: whether it was given since the last time.
  func take() -> Bool { flag.exchange(false, ordering: .acquiringAndReleasing) }

  @Sendable func give() {
    flag.store(true, ordering: .releasing)
    kill(getpid(), Self.signal)
  }
}
