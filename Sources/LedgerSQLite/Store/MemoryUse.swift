internal import Synchronization

/// How large a ledger in memory is.
///
/// It is measured once for so many requests: SQLite compiles `PRAGMA page_count` anew for each run, and that takes as long as a
/// command's rows. What they add meanwhile is little next to what is kept for outcomes.
final class MemoryUse: Sendable {
  private static let interval = 64
  /// What is left of the largest, 64 MiB, is for outcomes.
  static let largest = Int64(SQLiteLibrary.largestMemory / 4096 - 16_384)

  /// From which on no new command is taken.
  private let largest: Int64
  private let measured = Atomic<Int64>(0)
  /// Requests until it is measured again. Used by the ledger's thread alone.
  private let unmeasured = Atomic<Int>(0)

  init(largest: Int64) { self.largest = largest }

  /// Of a page each.
  var pages: Int64 { measured.load(ordering: .relaxed) }
  var hasRoom: Bool { pages < largest }

  func isDue(after requests: Int) -> Bool {
    let left = unmeasured.load(ordering: .relaxed) - requests
    unmeasured.store(left > 0 ? left : Self.interval, ordering: .relaxed)
    return left <= 0
  }

  func set(pages: Int64) { measured.store(pages, ordering: .relaxed) }
}
