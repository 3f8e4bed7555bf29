internal import Conference
internal import EventLoop
internal import Metrics

/// What all workers have counted by one moment: a page's numbers agree with each other.
struct GatewayMetricsReading {
  private let adopted: (snapshot: GatewaySnapshot, at: WallTime)?
  private let hasFailedReload: Bool
  private var counts = Array(repeating: 0, count: WorkerMetrics.Count.allCases.count)
  private var calls = Array(repeating: 0, count: ConferenceCall.allCases.count * RequestDecision.allCases.count)
  private var requestDurations = RequestDecision.allCases.map { _ in Histogram.Reading(.durations) }
  private var attemptDurations = AttemptLabel.allCases.map { _ in Histogram.Reading(.durations) }
  /// By team: of each decision and status.
  private var requests: [Int: [Int]] = [:]
  /// By limit.
  private var rejections: [Int: Int] = [:]
  var reloads = 0
  var failedReloads = 0
  var tokenEchoes = 0
  var dismissed = 0

  init(adopted: (snapshot: GatewaySnapshot, at: WallTime)?, hasFailedReload: Bool) {
    self.adopted = adopted
    self.hasFailedReload = hasFailedReload
  }

  mutating func add(_ worker: WorkerMetrics.Readable) {
    for index in counts.indices { counts[index] += worker.counts[index] }
    for index in calls.indices { calls[index] += worker.calls[index] }
    for index in requestDurations.indices { requestDurations[index] += worker.requestDurations[index] }
    for index in attemptDurations.indices { attemptDurations[index] += worker.attemptDurations[index] }
    for (team, cells) in worker.requests.all {
      var sums = requests[team] ?? Array(repeating: 0, count: cells.count)
      for index in sums.indices { sums[index] += cells[index] }
      requests[team] = sums
    }
    for (limit, cells) in worker.rejections.all { rejections[limit, default: 0] += cells[0] }
  }

  subscript(count: WorkerMetrics.Count) -> Int { counts[count.rawValue] }

  /// Of all teams.
  func count(where isMeant: (RequestDecision) -> Bool) -> Int {
    RequestDecision.allCases.filter(isMeant).reduce(0) { sum, decision in
      let cells =
        WorkerMetrics.cell(of: decision, status: 0)..<WorkerMetrics.cell(of: decision, status: StatusLabel.all.count)
      return requests.values.reduce(sum) { $0 + $1[cells].reduce(0, +) }
    }
  }

  func write(to page: inout MetricPage, isBreakerOpen: Bool) {
    writeRequests(to: &page)
    writeUpstream(to: &page, isBreakerOpen: isBreakerOpen)
    writeCommands(to: &page)
    writeConfiguration(to: &page)
  }

  private func writeRequests(to page: inout MetricPage) {
    page.family(.counter, "convene_requests", "Callers' requests that were answered.")
    let teams = adopted?.snapshot.callers.teamNumbers.names ?? [""]
    for (number, team) in teams.enumerated() {
      let cells = requests[number]
      for decision in RequestDecision.allCases {
        for (label, status) in StatusLabel.all.enumerated() {
          let count = cells?[WorkerMetrics.cell(of: decision, status: label)] ?? 0
          // Of each team one is there from the start: whoever asks for a rate sees the first one.
          guard count > 0 || decision == .forwarded && label == StatusLabel.ok && number > 0 else { continue }
          page.sample(count, ["team": team, "decision": decision.label, "status": status])
        }
      }
    }
    page.family(
      .counter, "convene_calls", "Requests for another of Telnyx's calls than the create, that were answered.")
    for call in ConferenceCall.others {
      for decision in RequestDecision.allCases {
        let count = calls[WorkerMetrics.cell(of: call, decision)]
        // Those that pass are there from the start, as above.
        if count > 0 || decision == .passed { page.sample(count, ["call": call.name, "decision": decision.label]) }
      }
    }
    page.family(
      .histogram, "convene_request_duration_seconds", unit: "seconds",
      "From the end of a request's head to its answer.")
    for decision in RequestDecision.allCases {
      page.sample(requestDurations[decision.rawValue], ["decision": decision.label])
    }
    page.family(.gauge, "convene_in_flight", "Callers' requests that are under way.")
    page.sample(self[.inFlight])
    page.family(.counter, "convene_refused", "Requests that the gateway refused, for whatever reason.")
    page.sample(count(where: \.isRefusal))
    page.family(.counter, "convene_replayed", "Requests that got an earlier reply again.")
    page.sample(count { $0 == .replayed })
    page.family(.counter, "convene_limit_rejections", "Requests that a limit refused.")
    for (number, limit) in (adopted?.snapshot.callers.limitNumbers.names ?? []).enumerated() where number > 0 {
      page.sample(rejections[number] ?? 0, ["limit": limit])
    }
    page.family(
      .counter, "convene_connections_dismissed",
      "Connections that were closed to make room, without a known caller's request.")
    page.sample(dismissed)
  }

  private func writeUpstream(to page: inout MetricPage, isBreakerOpen: Bool) {
    page.family(.counter, "convene_upstream_attempts", "Sends to Telnyx, by how they ended.")
    for outcome in AttemptLabel.allCases {
      page.sample(attemptDurations[outcome.rawValue].count, ["outcome": outcome.label])
    }
    page.family(
      .histogram, "convene_upstream_duration_seconds", unit: "seconds",
      "Of one send to Telnyx, to its reply or its failure.")
    for outcome in AttemptLabel.allCases {
      page.sample(attemptDurations[outcome.rawValue], ["outcome": outcome.label])
    }
    page.family(.counter, "convene_token_fallbacks", "Times that another token was tried since Telnyx had refused one.")
    page.sample(self[.tokenFallbacks])
    page.family(.counter, "convene_token_echoes", "Replies to the gateway that had a token in them, which was masked.")
    page.sample(tokenEchoes)
    page.family(.gauge, "convene_breaker_open", "1 while nothing but probes is sent to Telnyx.")
    page.sample(isBreakerOpen)
  }

  private func writeCommands(to page: inout MetricPage) {
    page.family(.counter, "convene_commands_executed", "Commands that Telnyx executed.")
    page.sample(self[.executed])
    page.family(
      .counter, "convene_commands_not_executed", "Commands that were admitted but certainly not executed.")
    page.sample(self[.notExecuted])
    page.family(
      .counter, "convene_commands_unknown", "Commands whose outcome was not known when their caller was answered.")
    page.sample(self[.unknown])
  }

  private func writeConfiguration(to page: inout MetricPage) {
    page.family(.counter, "convene_config_reloads", "Times that a changed configuration was read while serving.")
    page.sample(reloads, ["result": "reloaded"])
    page.sample(failedReloads, ["result": "failed"])
    page.family(
      .gauge, "convene_config_last_reload_successful", "0 where the configuration could not be read the last time.")
    page.sample(!hasFailedReload)
    guard let adopted else { return }
    page.family(.info, "convene_config", "The configuration in force.")
    page.sample(1, ["revision": adopted.snapshot.revision])
    page.family(
      .gauge, "convene_config_loaded_timestamp_seconds", unit: "seconds",
      "When the configuration in force was read, since 1970.")
    page.sample(nanoseconds: Int(adopted.at.microseconds) * 1000)
  }
}
