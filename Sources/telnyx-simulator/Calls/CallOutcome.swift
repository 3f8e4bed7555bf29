/// What became of a call.
enum CallOutcome: String, Sendable {
  /// It has arrived, and nothing has become of it yet.
  case received
  /// A fault has come in the place of its execution.
  case prevented
  case refused
  case executed
  /// Its command had been executed before.
  case duplicate
}
