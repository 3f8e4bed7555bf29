internal import EventLoop
internal import Logging

/// What the log says of exporting: what is wrong when it begins, and when it ends; not for each batch.
struct ExportNews {
  private let endpoint: String
  private let log: Logger
  /// Since when, and how many spans had been dropped by then; nil = nothing fails.
  private var failing: (since: MonotonicTime, dropped: Int)?
  private var dropped = 0
  /// For want of room, when it was looked last.
  private var overflowed = 0
  private var isOverflowing = false

  init(endpoint: String, log: Logger) {
    self.endpoint = endpoint
    self.log = log
  }

  mutating func failed(_ failure: ExportFailure) {
    guard failing == nil else { return }
    failing = (.now, dropped)
    log.warning(
      "traces can't be exported",
      metadata: ["collector": "\(endpoint)", "reason": "\(failure.reason)", "detail": "\(failure.detail)"])
  }

  mutating func succeeded() {
    guard let failing else { return }
    self.failing = nil
    log.notice(
      "traces are exported again",
      metadata: [
        "seconds": .stringConvertible(Int((MonotonicTime.now - failing.since).components.seconds)),
        "dropped": .stringConvertible(dropped - failing.dropped),
      ])
  }

  /// A batch is over.
  ///
  /// - Parameters:
  ///   - dropped: spans, for whatever reason.
  ///   - overflowed: for want of room.
  mutating func note(dropped: Int, overflowed: Int) {
    let hasOverflowed = overflowed > self.overflowed
    (self.dropped, self.overflowed) = (dropped, overflowed)
    // That it fails was said, and that is why.
    guard failing == nil, hasOverflowed != isOverflowing else { return }
    isOverflowing = hasOverflowed
    if hasOverflowed {
      log.warning(
        "spans are dropped: there are more than the collector takes", metadata: ["dropped": .stringConvertible(dropped)]
      )
    } else {
      log.notice("no spans are dropped any more", metadata: ["dropped": .stringConvertible(dropped)])
    }
  }
}
