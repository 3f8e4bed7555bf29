internal import CLinux
internal import Glibc

/// Signals as values, taken by the one thread that waits for them.
struct Signals {
  /// That end the process.
  static let ofStop = [SIGTERM, SIGINT]

  private var stop = sigset_t()
  private var all = sigset_t()

  /// Blocks all of them in this thread and in those that it starts from now on: until they are waited for they stay where they
  /// are, also for the first process of a container, which would never get what it doesn't handle.
  ///
  /// - Parameter others: beside those that end the process.
  init(_ others: [Int32]) {
    sigemptyset(&stop)
    for signal in Self.ofStop { sigaddset(&stop, signal) }
    all = stop
    for signal in others { sigaddset(&all, signal) }
    pthread_sigmask(SIG_BLOCK, &all, nil)
  }

  /// Waits for one of the signals, for so many milliseconds at most; nil when the time is over.
  ///
  /// One that ends the process comes before all others, which the system would hand out by their numbers: however often somebody
  /// sends those.
  mutating func wait(milliseconds: Int) -> Int32? {
    if let signal = takeStop() { return signal }
    guard let signal = Self.take(&all, milliseconds: milliseconds) else { return nil }
    // It may have come with one that ends the process.
    return Self.ofStop.contains(signal) ? signal : takeStop() ?? signal
  }

  /// The signal by which the process was told to end already.
  mutating func takeStop() -> Int32? { Self.take(&stop, milliseconds: 0) }

  private static func take(_ set: inout sigset_t, milliseconds: Int) -> Int32? {
    var timeout = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
    let signal = sigtimedwait(&set, nil, &timeout)
    return signal > 0 ? signal : nil
  }
}
