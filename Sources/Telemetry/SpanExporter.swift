internal import CCurl
internal import Crypto
internal import DequeModule
package import EventLoop
package import Gateway
package import Logging
internal import Metrics

/// Sends spans to a collector of traces: OTLP over HTTP, in JSON (opentelemetry-proto, docs/specification.md).
///
/// What runs where:
/// - `export` is called by workers. It puts spans behind those that wait, under a lock that is held for nothing else; where there
///   is no room, they are dropped and counted.
/// - One thread, `traces`, takes them in batches and sends one after the other. It alone uses libcurl, and all that can take time
///   does so there: nobody waits for it but the end of the process, for as long as that has.
/// - A batch that the collector can't take at the moment is sent again a few times, and then dropped. What comes meanwhile waits,
///   as far as there is room.
package final class SpanExporter: SpanExporting {
  /// Spans that wait, or are being sent: some 6 MB.
  static let capacity = 8192
  /// So many are sent at once, or all of a request more.
  static let batch = 512
  /// When there are fewer, the first has waited so long.
  static let patience: Duration = .seconds(1)

  private struct Queue: Sendable {
    var requests: Deque<[TraceSpan]> = []
    /// Spans in `requests`.
    var waiting = 0
    /// Spans of the batch that is being sent.
    var sending = 0
    /// Spans for which there was no room.
    var overflowed = 0
    /// nil until the process ends.
    var stopBy: MonotonicTime?
    var hasEnded = false
  }

  private let queue = Monitor(Queue())
  private let settings: CollectorSettings
  private let resource: TraceResource
  private let counters: SpanCounters
  private let log: Logger

  /// - Throws: where there is no thread, or libcurl can't be used.
  package init(
    _ settings: CollectorSettings, resource: TraceResource, counters: SpanCounters, log: Logger
  ) throws(SystemError) {
    self.settings = settings
    self.resource = resource
    self.counters = counters
    self.log = log
    guard Self.isReady else { throw SystemError("curl_global_init", code: 0) }
    try OwnedThread.detach(name: "traces") { [self] in run() }
  }

  /// Done once, before any other thread uses libcurl; counted there, and harmless where it was done (curl_global_init(3)).
  private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  package func export(_ spans: [TraceSpan]) {
    let wakes: Bool? = queue.withLock { queue in
      guard queue.stopBy == nil, queue.waiting + queue.sending + spans.count <= Self.capacity else {
        queue.overflowed += spans.count
        return nil
      }
      let before = queue.waiting
      queue.requests.append(spans)
      queue.waiting += spans.count
      // Who waits for the first, and who waits for a whole batch.
      return before == 0 || before < Self.batch && queue.waiting >= Self.batch
    }
    guard let wakes else { return counters.dropped.add(spans.count) }
    if wakes { queue.wake() }
  }

  /// No more is taken; what waits is sent, and what could not be sent by then is dropped.
  package func stop(by deadline: MonotonicTime) {
    queue.withLock { $0.stopBy = deadline }
    queue.wake()
  }

  /// Waits until nothing is sent any more, after `stop`: hardly longer than that said.
  package func waitForEnd() {
    guard let deadline = queue.withLock({ $0.stopBy }) else { return }
    _ = queue.wait(until: deadline + .milliseconds(100)) { $0.hasEnded ? () : nil }
  }

  // MARK: On its thread

  private func run() {
    let connection = CollectorConnection(settings)
    var pace = ExportPace()
    var news = ExportNews(endpoint: settings.endpoint, log: log)
    while let batch = take() {
      let isSent = deliver(batch, over: connection, &pace, &news)
      if !isSent { counters.dropped.add(batch.count) }
      let overflowed = queue.withLock { queue in
        queue.sending = 0
        return queue.overflowed
      }
      news.note(dropped: counters.dropped.value, overflowed: overflowed)
    }
    queue.withLock { $0.hasEnded = true }
    queue.wake()
  }

  /// Waits for spans.
  ///
  /// - Returns: nil where there will be none any more, or no time to send them: those are dropped.
  private func take() -> [TraceSpan]? {
    _ = queue.wait { $0.waiting > 0 || $0.stopBy != nil ? () : nil }
    _ = queue.wait(until: .now + Self.patience) { $0.waiting >= Self.batch || $0.stopBy != nil ? () : nil }
    return queue.withLock { queue in
      if let stopBy = queue.stopBy, MonotonicTime.now >= stopBy {
        counters.dropped.add(queue.waiting)
        (queue.requests, queue.waiting) = ([], 0)
      }
      var batch: [TraceSpan] = []
      while batch.count < Self.batch, let next = queue.requests.popFirst() { batch += next }
      queue.waiting -= batch.count
      queue.sending = batch.count
      return batch.isEmpty ? nil : batch
    }
  }

  /// - Returns: whether the collector has answered for all of them.
  private func deliver(
    _ batch: [TraceSpan], over connection: CollectorConnection, _ pace: inout ExportPace, _ news: inout ExportNews
  ) -> Bool {
    guard wait(until: pace.next) else { return false }
    let body = OTLPRequest.json(batch, of: resource)
    pace.begin(at: .now)
    while true {
      let answer = connection.post(body) { [queue] in queue.withLock { $0.stopBy } }
      switch answer {
      case .accepted(let rejected, let message):
        let rejected = min(max(rejected, 0), batch.count)
        counters.exported.add(batch.count - rejected)
        counters.dropped.add(rejected)
        if rejected > 0 {
          counters.failures.add()
          news.failed(ExportFailure(reason: "the collector has taken a part only", detail: message))
        } else {
          news.succeeded()
        }
        return true
      case .unavailable(let failure, let wait):
        counters.failures.add()
        news.failed(failure)
        guard let next = pace.failed(asked: wait, jitter: .random(in: 0..<1), at: .now), self.wait(until: next) else {
          return false
        }
      case .refused(let failure):
        counters.failures.add()
        news.failed(failure)
        return false
      case .cancelled: return false
      }
    }
  }

  /// - Returns: false where the process ends meanwhile.
  private func wait(until time: MonotonicTime) -> Bool {
    guard time > .now else { return true }
    return queue.wait(until: time) { $0.stopBy != nil ? () : nil } == nil
  }
}
