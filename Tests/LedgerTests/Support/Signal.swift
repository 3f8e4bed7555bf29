import EventLoop
import Logging
import Testing

/// A value that comes from another thread, once.
final class Signal<Value: Sendable>: Sendable {
  private let monitor = Monitor<Value?>(nil)

  var isSet: Bool { monitor.withLock { $0 != nil } }

  @Sendable func set(_ value: Value) {
    monitor.withLock { $0 = value }
    monitor.wake()
  }

  func wait() throws -> Value {
    try #require(monitor.wait(until: .now + .seconds(60)) { $0 }, "it never came")
  }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
