internal import Foundation
internal import Synchronization

/// Something that blocks, on a thread of its own: the tests' own threads are as few as there are cores.
package final class Background<Value: Sendable>: Sendable {
  private let outcome = Mutex<Result<Value, any Error>?>(nil)

  package init(_ body: @escaping @Sendable () throws -> Value) {
    let thread = Thread { [self] in
      let result = Result { try body() }
      outcome.withLock { $0 = result }
    }
    thread.start()
  }

  package var isFinished: Bool { outcome.withLock { $0 != nil } }

  /// Waits for the end.
  package func value(within limit: Duration = .seconds(60)) throws -> Value {
    try wait(within: limit) { isFinished }
    return try unwrap(outcome.withLock { $0 }, "finished without an outcome").get()
  }
}

/// Runs a body on several threads at once, each with its number, and waits for all.
///
/// - Parameter limit: how long each may take beyond those before it.
package func concurrently<Value: Sendable>(
  _ count: Int, within limit: Duration = .seconds(60), _ body: @escaping @Sendable (Int) throws -> Value
) throws -> [Value] {
  try (0..<count).map { number in Background { try body(number) } }.map { try $0.value(within: limit) }
}
