internal import Conference
internal import EventLoop
internal import JSON
package import Logging

/// What the log says of an exchange. Texts that callers choose are short there; escaped they are where lines are written.
extension Exchange {
  /// By which each line that belongs to it can be found.
  var logMetadata: Logger.Metadata {
    .ofRequest(requestID, trace: trace.id.hex, team: caller?.team.name, caller: caller?.name)
  }

  /// The line that a request has where the log has one for each.
  func requestLine(_ detail: RequestDetail, status: Int, about asked: AskedCommand?) -> Logger.Metadata {
    var metadata = logMetadata
    metadata["peer"] = "\(detail.peer)"
    metadata["method"] = "\(detail.method)"
    metadata["route"] = "\(detail.route ?? "none")"
    metadata["status"] = .stringConvertible(status)
    metadata["decision"] = "\(decision.label)"
    metadata["attempts"] = .stringConvertible(detail.attempts)
    metadata["configuration"] = "\(snapshot.revision)"
    if let id = asked?.commandID ?? detail.commandID { metadata["command_id"] = "\(AuditText(id).text)" }
    if let refusal = detail.refusal {
      metadata["kind"] = "\(refusal.kind.rawValue)"
      if let rule = refusal.rule { metadata["rule"] = "\(rule)" }
    }
    if let outcome = detail.outcome { metadata["outcome"] = "\(outcome.rawValue)" }
    if let upstream = detail.upstream {
      if let status = upstream.status { metadata["upstream_status"] = .stringConvertible(status) }
      if let code = upstream.code { metadata["upstream_code"] = "\(AuditText(code).text)" }
    }
    metadata["ms"] = .stringConvertible(LoggedJSON(times.json))
    return metadata
  }
}

extension AuditEntry {
  /// The same, of one on its way to the record.
  package var logMetadata: Logger.Metadata {
    .ofRequest(
      requestID, trace: traceparent.map { String($0.dropFirst(3).prefix(32)) }, team: team, caller: caller)
  }
}

extension Logger.Metadata {
  fileprivate static func ofRequest(
    _ requestID: String, trace: String?, team: String?, caller: String?
  ) -> Logger.Metadata {
    var metadata: Logger.Metadata = ["request_id": "\(requestID)"]
    if let trace { metadata["trace_id"] = "\(trace)" }
    if let team { metadata["team"] = "\(team)" }
    if let caller { metadata["caller"] = "\(caller)" }
    return metadata
  }
}

extension StageTimes {
  /// `{"decided": 0.012, "admitted": 1.303, ...}`: milliseconds since the request's head, of the stages that were entered.
  var json: JSONValue {
    var members = JSONObject()
    for stage in Stage.allCases where stage != .received {
      guard let elapsed = elapsed(until: stage) else { continue }
      members.append(stage.name, .number(elapsed.millisecondsText))
    }
    return .object(members)
  }
}

extension StageTimes.Stage {
  fileprivate var name: String {
    switch self {
    case .received: "received"
    case .decided: "decided"
    case .admitted: "admitted"
    case .sent: "sent"
    case .firstByte: "first_byte"
    case .outcome: "outcome"
    case .settled: "settled"
    case .replied: "replied"
    }
  }
}

extension Duration {
  /// With three decimals, as JSON has numbers: `12.003`. Below zero is zero.
  fileprivate var millisecondsText: String {
    let microseconds = max(0, microseconds)
    let decimals = String(microseconds % 1000)
    return "\(microseconds / 1000).\(String(repeating: "0", count: 3 - decimals.utf8.count))\(decimals)"
  }
}
