package import EventLoop

/// When an exchange came to each stage of its way, as its worker's loop tells the time: one reading of the clock a turn, so
/// that stages of one turn have the same time.
///
/// A stage that is entered more than once has its last time, but for `sent`: that is the first send's. One that was not
/// entered has none: a refusal was never sent, and a replay not settled.
package struct StageTimes: Sendable {
  package enum Stage: Int, CaseIterable, Sendable {
    /// The request's head was complete.
    case received
    /// Route, authentication and policy have said what is to become of it.
    case decided
    /// The ledger has answered: the intent is durable, or there is an earlier answer, or a no.
    case admitted
    /// The first attempt was begun. It may have to wait for a connection.
    case sent
    /// The first byte of Telnyx's last reply was there.
    case firstByte
    /// The last attempt has ended.
    case outcome
    /// What became of it is durable: the outcome of a command, or a refusal.
    case settled
    /// The answer was handed to the listener.
    case replied
  }

  /// Nanoseconds of a `MonotonicTime`; 0 = not entered.
  private var times = InlineArray<8, Int64>(repeating: 0)

  /// - Parameter received: when the request's head was complete.
  package init(received: MonotonicTime) { enter(.received, at: received) }

  package subscript(stage: Stage) -> MonotonicTime? {
    let time = times[stage.rawValue]
    return time == 0 ? nil : MonotonicTime(nanoseconds: time)
  }

  package mutating func enter(_ stage: Stage, at now: MonotonicTime) { times[stage.rawValue] = now.nanoseconds }

  /// Where it was not entered before.
  package mutating func enterOnce(_ stage: Stage, at now: MonotonicTime) {
    if times[stage.rawValue] == 0 { enter(stage, at: now) }
  }

  /// How long after the request's head the stage was entered; nil where it was not.
  package func elapsed(until stage: Stage) -> Duration? {
    guard let time = self[stage], let received = self[.received] else { return nil }
    return time - received
  }
}
