internal import EventLoop
internal import Synchronization

/// Whether every worker's loop still turns: each is asked, and the service manager is told only when all have answered. One that
/// hangs has the process killed and started anew.
final class Pulse: Sendable {
  private let workers: Int
  private let answers: Atomic<Int>

  init(workers: Int) {
    self.workers = workers
    // Nothing has been asked, so nothing is missing.
    answers = Atomic(workers)
  }

  /// A worker says that it is alive, once for each time it is asked.
  func beat() { answers.add(1, ordering: .relaxed) }

  /// - Parameter ask: asks one worker.
  /// - Returns: whether all have answered the last time; only then are they asked again.
  func take(asking ask: (_ worker: Int) -> Void) -> Bool {
    guard answers.load(ordering: .relaxed) == workers else { return false }
    answers.store(0, ordering: .relaxed)
    for worker in 0..<workers { ask(worker) }
    return true
  }
}
