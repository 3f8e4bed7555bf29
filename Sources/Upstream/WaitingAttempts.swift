internal import DequeModule
internal import EventLoop
internal import Gateway

/// Attempts that can't begin yet, in the order in which they came. Belongs to one worker's thread.
///
/// Each waits as long as it may take, or until it must not be sent any more: what is left of its time when its turn comes is
/// its time with libcurl.
struct WaitingAttempts {
  struct Entry {
    let exchange: ExchangeID
    let attempt: UpstreamAttempt
  }

  private struct Waiting {
    let attempt: UpstreamAttempt
    let deadline: MonotonicTime
    let timer: TimerQueue.ID
  }

  private let timers: TimerQueue
  private var attempts: [ExchangeID: Waiting] = [:]
  /// Also names some that wait no more: they are passed over.
  private var order: Deque<ExchangeID> = []

  var isEmpty: Bool { attempts.isEmpty }

  init(timers: TimerQueue) { self.timers = timers }

  /// - Parameters:
  ///   - deadline: of the attempt.
  ///   - patience: it waits no longer than so, but is left its whole time if its turn comes before.
  ///   - expired: called when it has waited too long, or when it is too late to send it, from the loop; the attempt waits no
  ///     more then.
  mutating func append(
    _ attempt: UpstreamAttempt, for exchange: ExchangeID, until deadline: MonotonicTime,
    patience: MonotonicTime = .distantFuture, expired: @escaping () -> Void
  ) {
    let timer = timers.schedule(at: min(deadline, patience, attempt.notAfter ?? deadline), expired)
    attempts[exchange] = Waiting(attempt: attempt, deadline: deadline, timer: timer)
    order.append(exchange)
  }

  /// The next one, with the time that it has left.
  mutating func popFirst(at now: MonotonicTime) -> Entry? {
    while let exchange = order.popFirst() {
      guard let waiting = attempts.removeValue(forKey: exchange) else { continue }
      timers.cancel(waiting.timer)
      let attempt = waiting.attempt
      return Entry(
        exchange: exchange,
        attempt: attempt.within(waiting.deadline - now))
    }
    return nil
  }

  /// False where it doesn't wait.
  mutating func remove(_ exchange: ExchangeID) -> Bool {
    guard let waiting = attempts.removeValue(forKey: exchange) else { return false }
    timers.cancel(waiting.timer)
    return true
  }

  mutating func removeAll() {
    for waiting in attempts.values { timers.cancel(waiting.timer) }
    attempts = [:]
    order = []
  }
}
