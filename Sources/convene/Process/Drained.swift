internal import Glibc
internal import Synchronization

/// All workers have ended: said by the thread that joins them, to the one that waits for signals.
final class Drained: Sendable {
  /// Wakes the waiting thread; from elsewhere it means nothing.
  static let signal = SIGUSR1

  private let flag = Atomic<Bool>(false)

  var isTold: Bool { flag.load(ordering: .acquiring) }

  func tell() {
    flag.store(true, ordering: .releasing)
    kill(getpid(), Self.signal)
  }
}
