package import EventLoop
package import Metrics
internal import Synchronization

/// What is counted of requests, commands and Telnyx, by all workers.
package final class GatewayMetrics: Sendable {
  private struct State {
    var workers: [WorkerMetrics.Readable] = []
    /// Which configuration is in force, and since when.
    var adopted: (snapshot: GatewaySnapshot, at: WallTime)?
    var hasFailedReload = false
  }

  package let tokenEchoes = Counter()
  let dismissed = Counter()
  private let reloads = Counter()
  private let failedReloads = Counter()
  private let state = Mutex(State())

  package init() {}

  /// For one more worker to count with.
  func addWorker() -> WorkerMetrics {
    let worker = WorkerMetrics()
    state.withLock { $0.workers.append(worker.cells) }
    return worker
  }

  /// From now on requests begin with this configuration. To be called before they do.
  package func adopt(_ snapshot: GatewaySnapshot, at time: WallTime) {
    state.withLock { $0.adopted = (snapshot, time) }
  }

  package func count(_ report: ReloadReport) {
    switch report.result {
    case .reloaded: reloads.add()
    case .failed: failedReloads.add()
    case .unchanged: break
    }
    state.withLock { $0.hasFailedReload = report.result == .failed }
  }

  /// As it stands now.
  var reading: GatewayMetricsReading {
    let (workers, adopted, hasFailedReload) = state.withLock { ($0.workers, $0.adopted, $0.hasFailedReload) }
    var reading = GatewayMetricsReading(adopted: adopted, hasFailedReload: hasFailedReload)
    for worker in workers { reading.add(worker) }
    (reading.reloads, reading.failedReloads) = (reloads.value, failedReloads.value)
    (reading.tokenEchoes, reading.dismissed) = (tokenEchoes.value, dismissed.value)
    return reading
  }

  package func register(in registry: MetricRegistry, _ health: UpstreamHealth) {
    registry.add { [self] page in
      reading.write(to: &page, isBreakerOpen: health.isBreakerOpen)
    }
  }
}
