internal import Glibc
internal import Synchronization

/// What another thread wants of the one that waits for signals: that the configuration is read anew; or that it knows that all
/// workers have ended.
final class Order: Sendable {
  /// Wakes the waiting thread; from elsewhere it means nothing.
  static let signal = SIGUSR1

  private let given = Atomic<Int>(0)
  private let taken = Atomic<Int>(0)

  var isGiven: Bool { given.load(ordering: .acquiring) > 0 }

  /// Whether it was given since it was taken last.
  var isWaiting: Bool { given.load(ordering: .acquiring) > taken.load(ordering: .relaxed) }

  /// What is done from now on is done for all who have given it until now.
  ///
  /// - Returns: the number of the last of them.
  func take() -> Int {
    let number = given.load(ordering: .acquiring)
    taken.store(number, ordering: .relaxed)
    return number
  }

  /// - Returns: its number, from 1.
  @Sendable @discardableResult func give() -> Int {
    let number = given.add(1, ordering: .acquiringAndReleasing).newValue
    kill(getpid(), Self.signal)
    return number
  }
}
