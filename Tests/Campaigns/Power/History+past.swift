import Oracle
import Synchronization

extension History {
  /// What callers had heard before this case began.
  ///
  /// - Parameter asked: how many requests of floods were sent, perhaps.
  func note(_ past: PowerPast, asked: Int) {
    for (id, answers) in past.answers { note(id) { $0.answers += answers } }
    for (id, unknown) in past.unknown { note(id) { $0.unknown += unknown } }
    refusals.withLock { $0 = (max(asked, past.refusals), past.refusals) }
  }
}
