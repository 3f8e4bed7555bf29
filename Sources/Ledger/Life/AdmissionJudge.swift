internal import EventLoop
internal import Gateway

/// What to do with a request for a command, as a pure function: what is known of the command and who asks, in; the verdict
/// out. (`CommandLife` is about what happens between a send and its outcome.)
///
///     none -> sending -> done | none | unknown;  unknown -> sending (a repeat within the window)
///
/// Told in order; the first that holds decides:
/// 1. Nothing is known, or only an outcome that by all clocks is too old to be replayed: it is new.
/// 2. Another team used the id: refused.
/// 3. The body is another one: refused.
/// 4. An exchange is sending it: wait for that one's outcome.
/// 5. It is done: replay.
/// 6. The outcome is unknown: sending the same bytes again is safe as long as Telnyx still knows the command id, and
///    nobody can tell what became of it afterwards.
package enum AdmissionJudge {
  package enum Verdict: Sendable, Equatable {
    case new, replay, wait, resume, otherTeam, otherBody, undecided
  }

  /// - Parameters:
  ///   - isInFlight: whether an exchange is sending the command, of this process or of another.
  ///   - keep: how long a finished command is replayed.
  ///   - resendsInOneBoot: whether an unknown command may be sent again only where it is certain how long ago that was: by the
  ///     clock that can't be set.
  package static func judge(
    _ command: StoredCommand?, isInFlight: Bool, askedBy team: String, fingerprint: [UInt8], at now: DualClockInstant,
    keep: Duration, resendsInOneBoot: Bool = false
  ) -> Verdict {
    guard let command else { return .new }
    if command.state == .done, let settled = command.settledMoment, now.isBeyond(keep, after: settled) { return .new }
    guard command.team.utf8.elementsEqual(team.utf8) else { return .otherTeam }
    guard command.fingerprint == fingerprint else { return .otherBody }
    if isInFlight { return .wait }
    if command.state == .done { return .replay }
    if resendsInOneBoot, now.certainAge(of: command.firstSent) == nil { return .undecided }
    return now.isWithin(CommandLife.resendWindow, after: command.firstSent) ? .resume : .undecided
  }
}
