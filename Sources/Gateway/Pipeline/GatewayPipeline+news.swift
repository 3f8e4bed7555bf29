internal import EventLoop
internal import Logging

/// What the log says of Telnyx.
extension GatewayPipeline {
  func tell(_ news: UpstreamNews) {
    var metadata: Logger.Metadata = ["reason": "\(news.reason)"]
    if !news.detail.isEmpty { metadata["detail"] = "\(news.detail)" }
    if let lasted = news.lasted { metadata["seconds"] = .stringConvertible(Int(lasted.components.seconds)) }
    if case .tokenRefused(let place) = news.condition { metadata["token"] = .stringConvertible(place) }
    log.log(
      level: news.phase == .ended ? .notice : news.condition.level, "\(news.condition.text(news.phase))",
      metadata: metadata)
  }

  /// Each is on the record; the log says once a minute at most that there are some.
  func tellUnknown(_ commandID: String) {
    guard let count = unknownOutcomes.note(at: loop.now) else { return }
    log.warning(
      "nobody knows yet whether a command was executed; Telnyx is asked",
      metadata: ["commands": .stringConvertible(count), "command_id": "\(commandID)"])
  }
}

extension UpstreamNews.Condition {
  fileprivate var level: Logger.Level {
    switch self {
    case .noToken: .critical
    case .unreachable, .tokenRefused, .redirecting: .error
    case .failing, .throttling, .breakerOpen: .warning
    }
  }

  fileprivate func text(_ phase: UpstreamNews.Phase) -> String {
    let isOver = phase == .ended
    let text =
      switch self {
      case .unreachable: isOver ? "Telnyx can be reached again" : "Telnyx can't be reached"
      case .failing: isOver ? "Telnyx answers without errors again" : "Telnyx answers with errors"
      case .throttling: isOver ? "Telnyx takes all requests again" : "Telnyx limits the requests of this gateway"
      case .redirecting:
        isOver ? "Telnyx answers without redirects again" : "Telnyx answers with redirects, which are not followed"
      case .tokenRefused: isOver ? "Telnyx takes a token again" : "Telnyx refuses a token"
      case .noToken:
        isOver ? "Telnyx takes a token again, and commands are sent" : "Telnyx refuses every token: nothing can be sent"
      case .breakerOpen:
        isOver ? "commands are sent to Telnyx again" : "nothing is sent to Telnyx for a while, but for probes"
      }
    return phase == .changed ? "\(text), for another reason than before" : text
  }
}
