internal import EventLoop
internal import Gateway

/// The requests on their way to the ledger's thread. Any thread puts in; that thread alone takes out.
final class LedgerQueue: Sendable {
  struct Item: Sendable {
    let request: LedgerRequest
    let address: AnswerAddress
  }

  /// What is there beside requests.
  struct News {
    var isClosed: Bool
    /// What the queue had to refuse since the last time.
    var overflows: [Overflow]
    /// Under what a process serves from now on.
    var started: [StartedConfiguration] = []
  }

  /// Requests that found the queue full: for one record that tells of all.
  struct Overflow: Sendable {
    var first: AuditEntry
    /// What all of them were answered; 0 = a status each, since they were refused before they came here.
    var status: Int
    var firstTime: WallTime
    var count: Int
    var until: WallTime
  }

  fileprivate struct State: Sendable {
    var items: [Item] = []
    /// In `items`, or taken and not finished.
    var pending = 0
    /// One of each status, so two at most.
    var overflows: [Overflow] = []
    var isNudged = false
    var reopensSinks = false
    var started: [StartedConfiguration] = []
    var isClosed = false
    var sinkPatience: Duration?
    var isDead = false
    var isWaiting = false
  }

  private let capacity: Int
  private let monitor = Monitor(State())

  init(capacity: Int) { self.capacity = capacity }

  /// - Parameter time: for the record of what is refused here.
  /// - Returns: what was not taken: there is no room for it, or the queue is closed.
  func submit(_ submitted: [Item], at time: @autoclosure () -> WallTime) -> [Item] {
    let (turnedAway, wakes) = monitor.withLock { state -> ([Item], Bool) in
      // After a failure of the device nobody gets an answer: the process is ending.
      if state.isDead { return ([], false) }
      if state.isClosed { return (submitted, false) }
      var turnedAway: [Item] = []
      for item in submitted {
        if state.pending >= capacity, item.request.isRefusable {
          switch item.request {
          case .admit(let admission): state.noteOverflow(admission.audit.entry, status: 503, at: time())
          case .pass(let admission): state.noteOverflow(admission.audit.entry, status: 503, at: time())
          case .record(let entry): state.noteOverflow(entry, status: 0, at: time())
          case .settle, .leave, .noteToken, .inspect, .resolve, .nextUnknown, .close, .sift: break
          }
          turnedAway.append(item)
        } else {
          state.items.append(item)
          state.pending += 1
        }
      }
      let wakes = state.isWaiting && !state.items.isEmpty
      if wakes { state.isWaiting = false }
      return (turnedAway, wakes)
    }
    if wakes { monitor.wake() }
    return turnedAway
  }

  /// Waits until there is something to do, or `deadline`.
  ///
  /// - Parameter items: empty; gets all that is there.
  func take(into items: inout [Item], until deadline: MonotonicTime?) -> News {
    var taken: [Item] = []
    swap(&taken, &items)
    _ = monitor.wait(until: deadline) { state -> Void? in
      guard !state.items.isEmpty || state.isNudged || state.isClosed else {
        state.isWaiting = true
        return nil
      }
      return ()
    }
    let news = monitor.withLock { state -> News in
      state.isWaiting = false
      state.isNudged = false
      swap(&taken, &state.items)
      defer { (state.overflows, state.started) = ([], []) }
      return News(isClosed: state.isClosed, overflows: state.overflows, started: state.started)
    }
    items = taken
    return news
  }

  /// So many of what was taken are done.
  func finish(_ count: Int) { monitor.withLock { $0.pending -= count } }

  /// Makes the thread look around although no request came.
  func nudge() {
    monitor.withLock { $0.isNudged = true }
    monitor.wake()
  }

  /// Puts on the record under what this process serves, before anything that is submitted later.
  func announce(_ started: StartedConfiguration) {
    monitor.withLock {
      $0.started.append(started)
      $0.isNudged = true
    }
    monitor.wake()
  }

  /// The sinks are to look where they belong.
  func reopenSinks() {
    monitor.withLock { ($0.reopensSinks, $0.isNudged) = (true, true) }
    monitor.wake()
  }

  /// Whether somebody wanted that since the last time.
  func takeReopening() -> Bool {
    monitor.withLock { state in
      defer { state.reopensSinks = false }
      return state.reopensSinks
    }
  }

  /// Takes nothing new; what is there is still done.
  ///
  /// - Parameter sinkPatience: how long sinks have for what they lack.
  func close(sinkPatience: Duration) {
    monitor.withLock { ($0.isClosed, $0.sinkPatience) = (true, sinkPatience) }
    monitor.wake()
  }

  /// nil = it isn't closed.
  var sinkPatience: Duration? { monitor.withLock { $0.sinkPatience } }

  /// Nothing is answered any more.
  func die() {
    monitor.withLock {
      $0.isDead = true
      $0.items.removeAll()
    }
  }
}

extension LedgerQueue.State {
  fileprivate mutating func noteOverflow(_ entry: AuditEntry, status: Int, at time: WallTime) {
    guard let index = overflows.firstIndex(where: { $0.status == status }) else {
      overflows.append(LedgerQueue.Overflow(first: entry, status: status, firstTime: time, count: 1, until: time))
      return
    }
    overflows[index].count += 1
    overflows[index].until = time
  }
}

extension LedgerRequest {
  /// Whether it may be answered with "no" where there is no room: an outcome must be kept, and who leaves must be heard.
  fileprivate var isRefusable: Bool {
    switch self {
    case .admit, .record, .inspect, .nextUnknown, .pass, .sift: true
    case .settle, .leave, .noteToken, .resolve, .close: false
    }
  }
}
