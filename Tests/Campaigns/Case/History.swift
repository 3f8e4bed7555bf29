import Synchronization

/// What callers saw, by command id.
final class History: Sendable {
  struct Command: Sendable {
    /// Bodies of 200s.
    var answers: [[UInt8]] = []
    /// Tries that ended with nothing, or with a 504.
    var unknown = 0
    /// 503s.
    var unsent = 0
    /// Callers that began to ask for it, and that have their final answer.
    var begun = 0
    var ended = 0
  }

  /// Of requests that nothing is to come of: how many were sent, and how many of them answered.
  let refusals = Mutex((asked: 0, answered: 0))
  private let commands = Mutex<[String: Command]>([:])

  subscript(id: String) -> Command { commands.withLock { $0[id] ?? Command() } }

  /// Of all commands.
  var answers: Int { commands.withLock { $0.values.reduce(0) { $0 + $1.answers.count } } }

  func note(_ id: String, _ change: (inout Command) -> Void) {
    commands.withLock { change(&$0[id, default: Command()]) }
  }

  /// What callers had heard before this case began.
  ///
  /// - Parameter asked: how many requests of floods were sent, perhaps.
  func note(_ past: PowerPast, asked: Int) {
    for (id, answers) in past.answers { note(id) { $0.answers += answers } }
    for (id, unknown) in past.unknown { note(id) { $0.unknown += unknown } }
    refusals.withLock { $0 = (max(asked, past.refusals), past.refusals) }
  }
}
