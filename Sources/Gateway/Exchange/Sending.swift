internal import EventLoop

/// What is being sent. A class, because it is looked at more often than it is changed.
final class Sending {
  let asked: AskedCommand
  /// The command's own bytes, by an earlier request perhaps.
  let body: [UInt8]
  /// When this exchange began to send it.
  let began: MonotonicTime
  /// When it was sent first, by an earlier request perhaps.
  let firstSent: WallTime
  /// An earlier request has sent it, and nobody knows what became of it.
  let isResend: Bool
  var life: CommandLife

  init(
    _ asked: AskedCommand, body: [UInt8], life: CommandLife, began: MonotonicTime, firstSent: WallTime,
    isResend: Bool = false
  ) {
    self.asked = asked
    self.body = body
    self.life = life
    self.began = began
    self.firstSent = firstSent
    self.isResend = isResend
  }

  /// The command, for a look-up right after Telnyx's last answer.
  ///
  /// - Parameter calendar: what it says now. Where it was set since the first send, rather too early.
  func unknown(at now: MonotonicTime, calendar: WallTime) -> UnknownCommand {
    let firstSent = min(firstSent, calendar - (now - began))
    return UnknownCommand(
      commandID: asked.commandID, body: body, firstSent: firstSent, age: calendar - firstSent, mayStillArrive: true)
  }

  func upstreamEntry(at now: MonotonicTime) -> AuditEntry.Upstream { life.upstreamEntry(since: began, at: now) }
}

extension CommandLife {
  /// How Telnyx was asked, and what it said last.
  ///
  /// - Parameters:
  ///   - began: when it was asked first.
  ///   - earlier: attempts before these.
  func upstreamEntry(since began: MonotonicTime, at now: MonotonicTime, earlier: Int = 0) -> AuditEntry.Upstream {
    let (status, code): (Int?, String?) =
      switch lastOutcome {
      case .replied(let reply): (reply.status, reply.status < 400 ? nil : reply.unreadable?.name ?? reply.errorCode)
      case .notSent(let failure), .lost(let failure): (nil, failure.name)
      case nil: (nil, nil)
      }
    return AuditEntry.Upstream(
      status: status, attempts: earlier + attempts, code: code, milliseconds: (now - began).milliseconds)
  }
}
