internal import EventLoop

/// The time by which limits are counted: within one start of the machine by the machine's own clock, so that whoever sets the
/// calendar neither uses up a limit nor fills it; from one start to the next by the calendar, the only clock that goes on.
///
/// It shows what the calendar showed when the ledger was first used under this start of the machine, and goes on from there
/// at the machine's pace. How far the calendar has been set ahead of it since is noted on the disk, so that the next start
/// can tell what the stored moments are by the calendar.
package struct LimitClock: Equatable {
  /// Beyond this the calendar is plainly wrong, and nanoseconds would not fit a row.
  private static let latest: Int64 = 8_000_000_000_000_000
  /// A calendar that is corrected bit by bit is noted now and then, not with each transaction.
  private static let tolerance: Int64 = 100_000

  private let boot: Int64
  /// What it showed at the start of the machine: microseconds since 1970.
  private let start: Int64
  /// Microseconds by which the calendar is ahead of it, as noted; nil = nothing is noted under this start of the machine.
  private var ahead: Int64?

  /// One that begins now.
  init(at now: DualClockInstant) {
    boot = now.boot
    start = Self.clamped(now.wall.microseconds) - now.sinceBoot
    ahead = nil
  }

  /// - Parameter text: `BOOT:START:AHEAD`.
  init?(text: [UInt8]) {
    let numbers = String(decoding: text, as: UTF8.self).split(separator: ":", omittingEmptySubsequences: false)
      .compactMap { Int64($0) }
    guard numbers.count == 3 else { return nil }
    (boot, start, ahead) = (numbers[0], numbers[1], numbers[2])
  }

  /// By how much the calendar was ahead of the moments that limits stand at, as noted: they are by the calendar when that is added.
  package static func nanosecondsBehind(noted text: [UInt8]) -> Int64? {
    LimitClock(text: text).map { ($0.ahead ?? 0) &* 1000 }
  }

  private var text: [UInt8] { Array("\(boot):\(start):\(ahead ?? 0)".utf8) }

  private func microseconds(at now: DualClockInstant) -> Int64 { start + now.sinceBoot }

  /// For `GCRA`: comparable with each other within one start of the machine.
  func nanoseconds(at now: DualClockInstant) -> Int64 { microseconds(at: now) &* 1000 }

  /// The earlier of what it and the calendar show: by this nothing is old because somebody has set the calendar forward.
  func earliest(at now: DualClockInstant) -> WallTime { min(now.wall, WallTime(microseconds: microseconds(at: now))) }

  /// - Returns: what is to be noted, where the calendar was set since the last time.
  mutating func takeNote(at now: DualClockInstant) -> [UInt8]? {
    let isAhead = Self.clamped(now.wall.microseconds) - microseconds(at: now)
    if let ahead, abs(isAhead - ahead) < Self.tolerance { return nil }
    ahead = isAhead
    return text
  }

  private static func clamped(_ microseconds: Int64) -> Int64 { min(max(microseconds, 0), latest) }
}

extension LimitClock {
  /// At the start of a process: goes on from what an earlier one noted. Within a transaction, the one that counts a new start
  /// of the machine.
  ///
  /// - Parameter limits: that stand at the moments; nil = others count them.
  init(_ store: any LedgerStore, _ limits: (any LimitStore)?, at now: DualClockInstant) throws(LedgerError) {
    let noted = try store.meta(.limitClock).flatMap { LimitClock(text: $0) }
    if let noted, noted.boot == now.boot {
      self = noted
      return
    }
    self.init(at: now)
    // Without a note the rows are an older version's, by the calendar.
    guard let noted else { return }
    try limits?.moveLimits(by: (noted.ahead ?? 0) &* 1000)
    if let note = takeNote(at: now) { try store.setMeta(.limitClock, note) }
  }
}
