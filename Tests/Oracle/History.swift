package import Synchronization

/// What callers saw, by command id.
package final class History: Sendable {
  package init() {}

  package struct Command: Sendable {
    /// Bodies of 200s.
    package var answers: [[UInt8]] = []
    /// Tries that ended with nothing, or with a 504.
    package var unknown = 0
    /// 503s.
    package var unsent = 0
    /// Of those that ended without an outcome: no reply at all.
    package var lost = 0
    /// Replies that came before the ledger had spoken, which put on the record what it said then.
    package var early = 0
    /// 504s that say what the ledger has on the record: Telnyx gave no clear answer.
    package var unsettled = 0
    /// Callers that began to ask for it, and that have their final answer.
    package var begun = 0
    package var ended = 0
  }

  /// Of requests that nothing is to come of: how many were sent, and how many of them answered.
  package let refusals = Mutex((asked: 0, answered: 0))
  private let commands = Mutex<[String: Command]>([:])

  package subscript(id: String) -> Command { commands.withLock { $0[id] ?? Command() } }

  /// Of all commands.
  package var answers: Int { commands.withLock { $0.values.reduce(0) { $0 + $1.answers.count } } }

  package func note(_ id: String, _ change: (inout Command) -> Void) {
    commands.withLock { change(&$0[id, default: Command()]) }
  }
}
