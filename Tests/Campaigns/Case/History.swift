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
  }

  private let commands = Mutex<[String: Command]>([:])

  subscript(id: String) -> Command { commands.withLock { $0[id] ?? Command() } }

  func note(_ id: String, _ change: (inout Command) -> Void) {
    commands.withLock { change(&$0[id, default: Command()]) }
  }
}
