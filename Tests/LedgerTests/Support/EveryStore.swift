import Testing

/// Where a scene's ledger lies.
enum StoreKind: CaseIterable {
  case sqlite, memory, postgres

  /// Of the scenes that a test makes.
  @TaskLocal static var current = sqlite
}

/// Runs each test of a suite once for each store: what it says is a rule of the ledger's, wherever the rows lie.
struct EveryStore: SuiteTrait, TestTrait, TestScoping {
  let isRecursive = true
  let kinds: [StoreKind]

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    for kind in kinds {
      do {
        try await StoreKind.$current.withValue(kind) { try await function() }
      } catch {
        Issue.record(error, "with the store \(kind)")
      }
    }
  }
}

extension Trait where Self == EveryStore {
  static var everyStore: EveryStore { EveryStore(kinds: StoreKind.allCases) }
  /// For what is a matter of a ledger that one process has for itself: its limits, its pruning of records.
  static var everyOwnStore: EveryStore { EveryStore(kinds: [.sqlite, .memory]) }
}
