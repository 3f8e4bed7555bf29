internal import CLinux

/// One thread's loop over epoll(7): descriptors that became ready, timers that are due, and a hook before each sleep.
///
/// Everything here belongs to the thread that calls `run`. The one way in from another thread is a `Mailbox`.
///
/// A turn of the loop, in this order:
/// 1. sleep until a descriptor is ready, a timer is due or a hook wants its turn;
/// 2. tell each ready descriptor's handler;
/// 3. run the timers that are due;
/// 4. run the hooks, in the order in which they were added. Libraries that only queue work when told of an event
///    (libmicrohttpd, libcurl) do that work here, once a turn, however many events there were.
package final class EventLoop {
  /// The moment at which this turn began: one clock read a turn is precise enough for deadlines.
  package private(set) var now = MonotonicTime.now
  package let timers = TimerQueue()

  /// A descriptor's handler, and how often its number was watched anew: an event carries both, so that one which was
  /// fetched before a handler closed the descriptor can't reach whoever got the number next.
  private struct Watch {
    var handler: (any ReadinessHandling)?
    var generation: UInt32 = 0
  }

  private let epoll: Int32
  private var watches: [Watch] = []
  private var hooks: [any BeforeSleepHook] = []
  private var isStopped = false
  private let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 256)

  package init() throws(SystemError) {
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard epoll >= 0 else { throw .last("epoll_create1") }
  }

  deinit {
    close(epoll)
    events.deallocate()
  }

  /// Runs until `stop`.
  package func run() {
    while !isStopped {
      sleep()
      finishTurn()
    }
    // Whoever hooks in usually keeps the loop: without this neither would ever go.
    hooks = []
  }

  /// One turn that begins at `time`, without a sleep and without descriptors: for whoever moves the clock by hand, instead of
  /// `run`.
  package func turn(at time: MonotonicTime) {
    now = time
    finishTurn()
  }

  private func finishTurn() {
    timers.runDue(at: now)
    for hook in hooks { hook.beforeSleep() }
  }

  /// Ends `run` after this turn.
  package func stop() { isStopped = true }

  /// Adds a hook that runs before every sleep, until `run` ends.
  package func add(_ hook: any BeforeSleepHook) { hooks.append(hook) }

  /// Starts to watch a descriptor, or watches it for something else from now on.
  ///
  /// The loop retains the handler until `unwatch`. A descriptor that was closed is gone from epoll by itself, but its
  /// handler is not: call `unwatch` before closing.
  package func watch(_ descriptor: Int32, for interest: Readiness, handler: any ReadinessHandling) throws(SystemError) {
    let index = Int(descriptor)
    if index >= watches.count {
      watches.append(contentsOf: repeatElement(Watch(), count: index + 64 - watches.count))
    }
    let isNew = watches[index].handler == nil
    if isNew { watches[index].generation &+= 1 }
    var event = epoll_event()
    event.events = interest.rawValue
    event.data.u64 = UInt64(watches[index].generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
    guard epoll_ctl(epoll, isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event) == 0 else {
      throw .last("epoll_ctl")
    }
    watches[index].handler = handler
  }

  package func unwatch(_ descriptor: Int32) {
    let index = Int(descriptor)
    guard index < watches.count, watches[index].handler != nil else { return }
    watches[index].handler = nil
    // Fails only where the descriptor is closed already, and then there is nothing left to remove.
    epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
  }

  private func sleep() {
    var wake = timers.next ?? .distantFuture
    for hook in hooks { wake = min(wake, hook.wakeTime) }
    let count = epoll_wait(epoll, events.baseAddress, Int32(events.count), timeout(until: wake))
    now = .now
    // EINTR is a turn without events.
    guard count > 0 else { return }
    for index in 0..<Int(count) {
      let event = events[index]
      let descriptor = Int32(truncatingIfNeeded: event.data.u64)
      let watch = watches[Int(descriptor)]
      // A handler earlier in this batch may have unwatched it, and its number may be another's by now.
      guard let handler = watch.handler, watch.generation == UInt32(event.data.u64 >> 32) else { continue }
      handler.ready(descriptor, Readiness(rawValue: event.events))
    }
  }

  /// Milliseconds, rounded up, so that a timer is due when the loop wakes for it.
  private func timeout(until wake: MonotonicTime) -> Int32 {
    guard wake != .distantFuture else { return -1 }
    let wait = wake - .now
    return wait <= .zero ? 0 : Int32(clamping: (wait.nanoseconds + 999_999) / 1_000_000)
  }
}

/// Takes the events of a descriptor.
package protocol ReadinessHandling: AnyObject {
  func ready(_ descriptor: Int32, _ readiness: Readiness)
}

/// Work that is done once a turn, right before the loop sleeps.
package protocol BeforeSleepHook: AnyObject {
  func beforeSleep()
  /// When the loop must wake for this hook at the latest; `.distantFuture` where it need not.
  var wakeTime: MonotonicTime { get }
}
