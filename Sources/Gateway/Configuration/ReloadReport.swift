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
  /// Why it failed, for people: `FILE:LINE:COLUMN: ...`, or the key that needs a restart. The first ones, and how many more there
  /// are: `convene check` tells them all.
  package let errors: [String]

  private static let mostErrors = 100
  /// Bytes of each; a path alone may have four times as many.
  private static let longestError = 1000

  package init(_ result: Result, at time: WallTime, revision: String, errors: [String] = []) {
    self.result = result
    self.time = time
    self.revision = revision
    var told = errors.prefix(Self.mostErrors).map(Self.bounded)
    if errors.count > told.count { told.append("and \(errors.count - told.count) more") }
    self.errors = told
  }

  private static func bounded(_ error: String) -> String {
    error.utf8.count <= longestError ? error : String(decoding: error.utf8.prefix(longestError), as: UTF8.self) + "…"
  }
}
