internal import CLinux

/// A value behind a lock, and a place to wait until it has changed (pthread_mutex and pthread_cond).
///
/// `Mutex` of the standard library has no condition to wait for, and a thread that owns a blocking library has no epoll
/// set in which an eventfd could wake it.
package final class Monitor<State: Sendable>: @unchecked Sendable {
  // Safe because `state` is touched only while `mutex` is held.
  private var state: State
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init(_ state: State) {
    self.state = state
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  package func withLock<Result>(_ body: (inout State) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&state)
  }

  /// Wakes whoever waits, to look at the state again.
  package func wake() { pthread_cond_broadcast(condition) }

  /// Waits until `ready` gives something; looks whenever somebody wakes.
  ///
  /// - Returns: what `ready` gave, or nil where `deadline` came first.
  package func wait<Result>(until deadline: MonotonicTime? = nil, _ ready: (inout State) -> Result?) -> Result? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let result = ready(&state) { return result }
      if let deadline {
        var time = timespec(
          tv_sec: Int(deadline.nanoseconds / 1_000_000_000), tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        if pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT { return ready(&state) }
      } else {
        pthread_cond_wait(condition, mutex)
      }
    }
  }
}
