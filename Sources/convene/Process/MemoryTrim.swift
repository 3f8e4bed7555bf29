internal import CLinux
internal import Listener

/// Gives back to the system what is no more needed.
///
/// - What a crowd of callers has needed, when it has gone: glibc's malloc keeps what is freed in the middle of a thread's arena,
///   however much that is.
/// - Pages of code and constants that only the start has needed: relocations, the configuration's parsers, OpenSSL's tables,
///   and what ledger, sinks and workers do but once, a moment after they were begun.
struct MemoryTrim {
  /// So many connections or bytes of bodies fewer than before: some 3 MB, at which to look for them is worth it.
  private static let connections = 256
  private static let bodies = 3 << 20

  private let limit: ConnectionLimit
  private let budget: BodyBudget
  private var most = (connections: 0, bodies: 0)
  /// Seconds until the start is over.
  private var starting = 3

  init(_ limit: ConnectionLimit, _ budget: BodyBudget) {
    self.limit = limit
    self.budget = budget
  }

  /// Called about once a second, off the request path: it holds each arena's lock for as long as it looks.
  mutating func tick() {
    if starting > 0 {
      starting -= 1
      if starting == 0 { convene_unmap_code() }
    }
    most = (max(most.connections, limit.takePeak()), max(most.bodies, budget.takePeak()))
    let now = (connections: limit.count, bodies: budget.count)
    guard most.connections - now.connections >= Self.connections || most.bodies - now.bodies >= Self.bodies else {
      return
    }
    most = now
    convene_trim_memory()
  }
}
