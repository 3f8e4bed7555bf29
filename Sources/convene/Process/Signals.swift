internal import CLinux
internal import Glibc

/// Signals as values, taken by the one thread that waits for them.
struct Signals {
  private var set = sigset_t()

  /// Blocks the signals in this thread and in all that it starts from now on.
  init(_ signals: [Int32]) {
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Waits for one of the signals, for so many milliseconds at most; nil when the time is over.
  mutating func wait(milliseconds: Int) -> Int32? {
    var timeout = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
    let signal = sigtimedwait(&set, nil, &timeout)
    return signal > 0 ? signal : nil
  }
}
