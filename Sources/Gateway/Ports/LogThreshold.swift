package import Logging
internal import Synchronization

/// From which level on the log has lines: one for the whole process, which may change while it runs.
package final class LogThreshold: Sendable {
  private static let levels = Logger.Level.allCases
  private static let debug = number(.debug)

  private let number: Atomic<Int>

  package init(_ level: Logger.Level) { number = Atomic(Self.number(level)) }

  package var level: Logger.Level {
    get { Self.levels[number.load(ordering: .relaxed)] }
    set { number.store(Self.number(newValue), ordering: .relaxed) }
  }

  /// Whether each request is a line of the log.
  var hasRequests: Bool { number.load(ordering: .relaxed) <= Self.debug }

  /// Their names, as people write them.
  package static var names: String { levels.map(\.rawValue).joined(separator: ", ") }

  private static func number(_ level: Logger.Level) -> Int { levels.firstIndex(of: level) ?? 0 }
}
