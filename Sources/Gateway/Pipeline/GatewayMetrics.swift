package import Metrics

/// What all workers count together.
package final class GatewayMetrics: Sendable {
  package let requests = Counter()
  package let refused = Counter()
  package let replayed = Counter()
  package let attempts = Counter()
  package let executed = Counter()
  package let notExecuted = Counter()
  package let unknown = Counter()
  package let tokenEchoes = Counter()
  package let dismissed = Counter()
  package let reloads = Counter()
  package let failedReloads = Counter()

  private let droppedLogLines: Counter

  /// - Parameter droppedLogLines: counted where the log is written.
  package init(droppedLogLines: Counter = Counter()) { self.droppedLogLines = droppedLogLines }

  package func count(_ report: ReloadReport) {
    switch report.result {
    case .reloaded: reloads.add()
    case .failed: failedReloads.add()
    case .unchanged: break
    }
  }

  func count(_ outcome: Settlement.Outcome) {
    switch outcome {
    case .done: executed.add()
    case .free: notExecuted.add()
    case .unknown: unknown.add()
    }
  }

  /// In the text format of Prometheus.
  var exposition: String {
    let rows: [(String, String, Counter)] = [
      ("convene_requests_total", "Requests of callers that arrived.", requests),
      ("convene_refused_total", "Requests that the gateway refused.", refused),
      (
        "convene_connections_dismissed_total",
        "Connections that were closed to make room, without a known caller's request.",
        dismissed
      ),
      ("convene_replayed_total", "Requests that got an earlier reply again.", replayed),
      ("convene_upstream_attempts_total", "Sends to Telnyx.", attempts),
      ("convene_token_echoes_total", "Replies to the gateway that had a token in them, which was masked.", tokenEchoes),
      ("convene_commands_executed_total", "Commands that Telnyx executed.", executed),
      ("convene_commands_not_executed_total", "Commands that were admitted but certainly not executed.", notExecuted),
      ("convene_commands_unknown_total", "Commands whose outcome is not known.", unknown),
      ("convene_log_dropped_total", "Log lines that standard error did not take in time.", droppedLogLines),
    ]
    return rows.map { "# HELP \($0.0) \($0.1)\n# TYPE \($0.0) counter\n\($0.0) \($0.2.value)\n" }.joined()
      + """
      # HELP convene_config_reloads_total Times that a changed configuration was read while serving.
      # TYPE convene_config_reloads_total counter
      convene_config_reloads_total{result="reloaded"} \(reloads.value)
      convene_config_reloads_total{result="failed"} \(failedReloads.value)

      """
  }
}
