internal import Conference
package import EventLoop
package import Logging
internal import Synchronization

/// What all workers have to tell the log of and must not tell each for itself, nor with each request.
package final class GatewayNews: Sendable {
  private struct State {
    var refusals = RefusalConditions()
    var unknown = Occurrences()
    var known = Occurrences()
    var executed = 0
    var dismissals = Occurrences()
    var unreadHeads = Occurrences()
    var unsecured = Occurrences()
  }

  private let state = Mutex(State())

  package init() {}

  /// A request was refused.
  ///
  /// - Returns: whether it is the first one.
  func refused(by condition: RefusalConditions.Condition, at now: MonotonicTime) -> Bool {
    state.withLock { $0.refusals.note(condition, at: now) }
  }

  // Each of these returns how many there were, where that is to be told now.

  func connectionDismissed(at now: MonotonicTime) -> Int? { state.withLock { $0.dismissals.note(at: now) } }

  func connectionUnsecured(at now: MonotonicTime) -> Int? { state.withLock { $0.unsecured.note(at: now) } }

  func headUnread(at now: MonotonicTime) -> Int? { state.withLock { $0.unreadHeads.note(at: now) } }

  func outcomeUnknown(at now: MonotonicTime) -> Int? { state.withLock { $0.unknown.note(at: now) } }

  /// It has turned out what became of a command whose outcome was unknown. `tick` tells of it.
  func outcomeKnown(executed: Bool) {
    state.withLock { state in
      if executed { state.executed += 1 }
      state.known.add()
    }
  }

  /// Tells what is over, and of what else nobody was told yet. To be called about once a second, off the request path.
  package func tick(at now: MonotonicTime, _ log: Logger) {
    let (ended, unknown, known) = state.withLock { state in
      let known = state.known.take(at: now).map { (all: $0, executed: state.executed) }
      if known != nil { state.executed = 0 }
      return (state.refusals.takeEnded(at: now), state.unknown.take(at: now), known)
    }
    for news in ended { log.notice("\(news.condition.text(isOver: true))", metadata: news.metadata) }
    tell(unknown: unknown, log)
    if let known {
      log.notice(
        "it is known now what became of commands whose outcome was unknown",
        metadata: [
          "commands": .stringConvertible(known.all), "executed": .stringConvertible(known.executed),
          "not_executed": .stringConvertible(known.all - known.executed),
        ])
    }
  }

  /// The process ends: tells how many commands became unknown with it.
  package func finish(_ log: Logger) { tell(unknown: state.withLock { $0.unknown.take(at: .distantFuture) }, log) }

  private func tell(unknown: Int?, _ log: Logger) {
    if let unknown { log.warning("\(Self.unknownText)", metadata: ["commands": .stringConvertible(unknown)]) }
  }

  static let unknownText = "nobody knows yet whether a command was executed; Telnyx is asked"
}

extension RefusalConditions.Condition {
  func text(isOver: Bool) -> String {
    switch self {
    case .limit: isOver ? "a limit refuses nothing any more" : "a limit refuses requests"
    case .overload: isOver ? "there is room for requests again" : "requests are refused for want of room"
    }
  }

  var metadata: Logger.Metadata {
    guard case .limit(let rule, let team) = self else { return [:] }
    return [
      "limit": "\(rule.name)", "owner": "\(rule.owner.rawValue)", "per": "\(rule.per.rawValue)",
      "allow": .stringConvertible(rule.allow), "every": "\(rule.every.text)", "team": "\(team)",
    ]
  }
}

extension RefusalConditions.Ended {
  fileprivate var metadata: Logger.Metadata {
    var metadata = condition.metadata
    metadata["requests"] = .stringConvertible(refused)
    metadata["seconds"] = .stringConvertible(Int(lasted.components.seconds))
    return metadata
  }
}
