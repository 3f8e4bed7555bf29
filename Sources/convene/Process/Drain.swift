internal import EventLoop
internal import Gateway
internal import Glibc
internal import Ledger
internal import Logging

/// The way from the signal to stop to where nothing is under way any more.
struct Drain {
  let workers: [Worker]
  let ledger: StoredLedger
  let manager: ServiceManager
  let log: Logger

  /// How long workers have to do what they are told when the time to drain is over. Twice that, and the ledger's last moment, are
  /// less than the second within which the process is gone.
  private static let patienceWithOrder: Duration = .milliseconds(300)

  /// Lets what is under way end, for as long as the configuration says; a second signal ends the waiting.
  func run(_ signals: inout Signals, _ settings: ServerSettings) {
    for worker in workers { worker.tell(.announceStop) }
    let isInHaste = wait(for: &signals, until: .now + settings.drainDelay) { false }
    for worker in workers { worker.tell(.drain) }
    let drained = Order()
    let waiting = OwnedThread(name: "drain") { [workers] in
      for worker in workers { worker.join() }
      drained.give()
    }
    var orders: [WorkerMessage] = [.abandon, .exit]
    var deadline = MonotonicTime.now + (isInHaste ? .zero : settings.drainTimeout)
    while !drained.isGiven {
      wait(for: &signals, until: deadline) { drained.isGiven }
      if drained.isGiven { break }
      guard !orders.isEmpty else {
        log.critical("a worker does not end")
        StandardStream.exit(1)
      }
      let order = orders.removeFirst()
      log.warning("requests are still under way", metadata: ["order": "\(order)"])
      for worker in workers { worker.tell(order) }
      deadline = .now + Self.patienceWithOrder
    }
    waiting.join()
  }

  /// Waits until it is over, or for a signal that means to end; another one doesn't make it wait longer, nor shorter.
  ///
  /// - Returns: whether such a signal came.
  @discardableResult
  private func wait(for signals: inout Signals, until deadline: MonotonicTime, isOver: () -> Bool) -> Bool {
    while !isOver() {
      // These waits have an end of their own, so a sign of life claims nothing that is not so.
      if manager.signInterval != nil { manager.alive() }
      manager.tellAgain()
      let left = max(0, deadline.nanoseconds - MonotonicTime.now.nanoseconds)
      let interval = min(1_000_000_000, manager.signInterval?.nanoseconds ?? 1_000_000_000)
      switch signals.wait(milliseconds: Int((min(left, max(interval, 10_000_000)) + 999_999) / 1_000_000)) {
      case nil: if deadline <= .now { return false }
      case SIGHUP: ledger.reopenSinks()
      case .some(let signal): if Signals.ofStop.contains(signal) { return true }
      }
    }
    return false
  }
}
