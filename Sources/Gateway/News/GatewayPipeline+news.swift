internal import Conference
internal import EventLoop
internal import Logging
internal import Metrics

/// What the log says of Telnyx, of commands, and of requests that are refused for a while.
extension GatewayPipeline {
  /// - Parameter exchange: whose attempt has shown it; nil for one in the background.
  func tell(_ news: [UpstreamNews], of exchange: Exchange?) {
    // Nearly always there are none.
    for news in news { tell(news, of: exchange) }
  }

  private func tell(_ news: UpstreamNews, of exchange: Exchange?) {
    var metadata = exchange?.logMetadata ?? [:]
    metadata["reason"] = "\(news.reason)"
    if !news.detail.isEmpty { metadata["detail"] = "\(news.detail)" }
    if let lasted = news.lasted { metadata["seconds"] = .stringConvertible(Int(lasted.components.seconds)) }
    if case .tokenRefused(let place) = news.condition { metadata["token"] = .stringConvertible(place) }
    log.log(
      level: news.phase == .ended ? .notice : news.condition.level, "\(news.condition.text(news.phase))",
      metadata: metadata)
  }

  package func tokenEchoed(to id: ExchangeID) {
    metrics.tokenEchoes.add()
    let count = metrics.tokenEchoes.value
    // The 1st, 2nd, 4th, 8th ...: whatever sends it back may do so in each reply.
    guard count & (count - 1) == 0 else { return }
    // A look-up in the background is nobody's.
    var metadata = exchanges[id]?.logMetadata ?? [:]
    metadata["replies"] = .stringConvertible(count)
    log.error("a token stood in a reply to the gateway; it is masked there", metadata: metadata)
  }

  /// Each command of unknown outcome is on the record; the log says once a minute at most that there are some, and likewise
  /// that it is known what became of them.
  func tell(_ settlement: Settlement, of exchange: Exchange) {
    switch settlement.outcome {
    case .unknown:
      guard let count = news.outcomeUnknown(at: loop.now) else { return }
      var metadata = exchange.logMetadata
      metadata["commands"] = .stringConvertible(count)
      metadata["command_id"] = "\(settlement.commandID)"
      log.warning("\(GatewayNews.unknownText)", metadata: metadata)
    // It was sent before.
    case .done: if settlement.resent != nil { news.outcomeKnown(executed: true) }
    case .free: if settlement.resent != nil { news.outcomeKnown(executed: false) }
    }
  }

  /// What a look-up has shown of a command whose outcome was unknown.
  func tell(_ finding: Resolution.Finding) {
    switch finding {
    case .found: news.outcomeKnown(executed: true)
    case .absent: news.outcomeKnown(executed: false)
    case .unclear: break
    }
  }

  /// A refusal that is about what others do, not about this request: once when it begins.
  func tell(_ refusal: Refusal, _ limits: [LimitStatus], of exchange: Exchange) {
    let condition: RefusalConditions.Condition
    switch refusal.kind {
    case .limited:
      let fault = refusal.faults.first
      let refusing = limits.first { $0.rule.refusalName == fault?.rule && $0.rule.owner == fault?.owner }
      guard let refusing, let team = exchange.caller?.team.name else { return }
      condition = .limit(refusing.rule, team: team)
    case .overloaded: condition = .overload
    default: return
    }
    guard news.refused(by: condition, at: loop.now) else { return }
    var metadata = condition.metadata.merging(exchange.logMetadata) { $1 }
    if condition == .overload { metadata["reason"] = "\(refusal.faults.first?.detail ?? "")" }
    log.warning("\(condition.text(isOver: false))", metadata: metadata)
  }
}

extension UpstreamNews.Condition {
  fileprivate var level: Logger.Level {
    switch self {
    case .noToken: .critical
    case .unreachable, .tokenRefused, .redirecting: .error
    case .failing, .throttling, .breakerOpen, .fallback: .warning
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
      case .fallback:
        isOver
          ? "commands are sent with the first token again" : "commands are sent with another token than the first"
      case .noToken:
        isOver ? "Telnyx takes a token again, and commands are sent" : "Telnyx refuses every token: nothing can be sent"
      case .breakerOpen:
        isOver ? "commands are sent to Telnyx again" : "nothing is sent to Telnyx for a while, but for probes"
      }
    return phase == .changed ? "\(text), for another reason than before" : text
  }
}
