package import EventLoop

/// What became of a reload.
package struct ReloadReport: Sendable, Equatable {
  package enum Result: String, Sendable, CaseIterable {
    case reloaded
    /// The files say what is in force already.
    case unchanged
    /// What is in force stays so.
    case failed
  }

  package let result: Result
  package let time: WallTime
  /// Of the configuration that is in force now.
  package let revision: String
  /// Why it failed, for people: `FILE:LINE:COLUMN: ...`, or the key that needs a restart.
  package let errors: [String]

  package init(_ result: Result, at time: WallTime, revision: String, errors: [String] = []) {
    self.result = result
    self.time = time
    self.revision = revision
    self.errors = errors
  }
}
