internal import CLinux
package import EventLoop

/// The clocks that the ledger reads; a test sets its own.
package struct LedgerClock: Sendable {
  package let wall: @Sendable () -> WallTime
  /// Microseconds since the machine started, time asleep included.
  package let sinceBoot: @Sendable () -> Int64
  /// Names this start of the machine; the same text for all processes until the next start.
  package let bootID: String

  package init(
    wall: @escaping @Sendable () -> WallTime, sinceBoot: @escaping @Sendable () -> Int64, bootID: String
  ) {
    self.wall = wall
    self.sinceBoot = sinceBoot
    self.bootID = bootID
  }

  package static let system = LedgerClock(
    wall: { .now },
    sinceBoot: {
      var time = timespec()
      clock_gettime(CLOCK_BOOTTIME, &time)
      return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }, bootID: readBootID())

  private static func readBootID() -> String {
    let file = convene_open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC, 0)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var text = [UInt8](repeating: 0, count: 64)
    let count = read(file, &text, text.count)
    return String(decoding: text.prefix(max(count, 0)).prefix { $0 > 0x20 }, as: UTF8.self)
  }
}
