internal import Audit
internal import Configuration
internal import EventLoop
internal import Gateway
internal import Glibc
internal import Ledger
internal import Listener
internal import Logging
internal import Metrics
internal import Telemetry
internal import Upstream

/// The whole process: opened from the inside out (ledger, sockets, workers), closed from the outside in.
struct Server {
  /// As it is at the start.
  private let configuration: GatewayConfiguration
  private let path: String
  private let log: Logger
  private let threshold: LogThreshold
  private let environment: [String: String]
  private let manager: ServiceManager
  private let started = WallTime.now

  /// How long the last spans may take, where there is so much time to stop.
  private static let patienceWithCollector: Duration = .seconds(2)

  /// - Parameters:
  ///   - path: where the configuration was read, and is read anew.
  ///   - threshold: of `log`.
  init(
    configuration: GatewayConfiguration, path: String, environment: [String: String], log: Logger,
    threshold: LogThreshold
  ) {
    self.threshold = threshold
    self.configuration = configuration
    self.path = path
    self.environment = environment
    manager = ServiceManager(environment: environment)
    self.log = log
  }

  /// Serves until SIGTERM or SIGINT, then drains.
  func run(_ signals: inout Signals) throws {
    let budget = try DescriptorBudget.ofServing(configuration)
    for warning in budget.warnings { log.warning("\(warning)") }
    let workers = configuration.server.workerCount
    let tokens = try TokenWatch(configuration.upstream.tokens, environment: environment, log: log)
    let proxy = try ProxyWatch(configuration.upstream.proxy, environment: environment, log: log)
    let ledgerPassword = try LedgerPasswordWatch(configuration.ledger.place, environment: environment, log: log)
    let options = try ledgerOptions()
    // Recovery happens in here: before a port is open, every command has a state.
    let ledger = try StoredLedger(
      in: configuration.ledger.storage(options, password: ledgerPassword.password, logger: log),
      settings: configuration.ledger, sinks: configuration.audit, options: options, logger: log
    ) { [log] error in
      // Nothing that it says can be trusted any more; the next start recovers from what the disk has.
      log.critical("the ledger has failed", metadata: ["error": "\(error)"])
      StandardStream.exit(1)
    }
    let listeners = try Listeners(configuration, workers: workers)
    put(configuration, onRecordOf: ledger)
    let reload = ConfigurationReload(configuration, path: path, environment: environment, log: log)
    let order = Order()
    let registry = MetricRegistry()
    let spans = SpanCounters()
    let exporter = try spanExporter(spans)
    let shared = Worker.Shared(
      configuration: configuration, snapshot: GatewaySnapshot(configuration),
      health: UpstreamHealth(tokens: tokens.digests(keyedBy: ledger.pseudonymKey)),
      metrics: GatewayMetrics(), news: GatewayNews(), registry: registry, pages: MetricsThread(registry),
      collector: exporter, ledger: ledger, tokens: tokens.store,
      resolver: HostResolver(url: configuration.upstream.proxy?.url ?? configuration.upstream.url),
      proxy: proxy.proxy,
      connections: try ConnectionLimit(
        most: budget.callers, overflow: budget.overflow, workers: workers), budget: budget,
      bodies: BodyBudget(maxBody: configuration.server.maxBody), pulse: Pulse(workers: workers),
      workers: workers, log: log, threshold: threshold, askForReload: order.give)
    shared.metrics.adopt(shared.snapshot, at: .now)
    shared.metrics.register(in: registry, shared.health)
    ledger.register(in: registry)
    spans.register(in: registry)
    ProcessMetrics(started: started, environment: environment).register(in: registry)
    let running = try (0..<workers).map { number in
      try Worker(number: number, shared: shared, listeners: listeners.of(worker: number))
    }
    announce(listeners, workers: workers)
    tellReady(configuration, listeners)
    var memory = MemoryTrim(shared.connections, shared.bodies)
    var resources = ResourceWatch(shared.connections, most: budget.callers, ledger: configuration.ledger.path, log: log)
    var certificates = CertificateWatch(log: log)
    certificates.use(configuration.ownCertificates)
    var nextSign = MonotonicTime.now
    var snapshot = shared.snapshot
    func take(_ new: GatewayConfiguration) throws {
      let credentials = try Listeners.credentials(of: new)
      try tokens.use(new.upstream.tokens, shared.health, keyedBy: ledger.pseudonymKey)
      listeners.use(credentials)
      put(new, onRecordOf: ledger)
      snapshot = GatewaySnapshot(new, after: snapshot)
      shared.metrics.adopt(snapshot, at: .now)
      let adoption = Adoption(workers: workers)
      for worker in running { worker.tell(.adopt(snapshot, adoption)) }
      adoption.wait()
    }
    func readAnew(isTriedAgain: Bool = false) {
      // Whoever asks meanwhile is not answered by what nobody asked for.
      let number = isTriedAgain ? 0 : order.take()
      if !isTriedAgain { manager.reloading() }
      guard let report = isTriedAgain ? reload.tryAgain(take) : reload.run(take) else { return }
      shared.metrics.count(report)
      if report.result == .reloaded { certificates.use(reload.current.ownCertificates) }
      for worker in running { worker.tell(.reloaded(report, upTo: number)) }
      tellReady(reload.current, listeners)
    }
    waitForStop(&signals, ledger: ledger, order: order, readAnew: { readAnew() }) {
      tokens.refresh(shared.health, keyedBy: ledger.pseudonymKey)
      proxy.refresh()
      ledgerPassword.refresh()
      memory.tick()
      shared.news.tick(at: .now, log)
      resources.tick()
      certificates.tick()
      manager.tellAgain()
      if reload.isDue() { readAnew() } else if reload.isToBeTriedAgain() { readAnew(isTriedAgain: true) }
      guard let interval = manager.signInterval, MonotonicTime.now >= nextSign else { return }
      if shared.pulse.take(asking: { running[$0].tell(.beat) }) {
        manager.alive()
        nextSign = .now + interval
      }
    }
    manager.stopping(status: "finishing what is under way")
    let settings = reload.current.server
    let end = MonotonicTime.now + settings.drainDelay + settings.drainTimeout
    Drain(workers: running, ledger: ledger, manager: manager, log: log).run(&signals, settings)
    shared.news.finish(log)
    listeners.unlink()
    // Spans are sent meanwhile, for no longer than that takes or the time to stop lasts.
    exporter?.stop(by: max(.now + .milliseconds(150), min(end, .now + Self.patienceWithCollector)))
    // Ledger and sinks get what is left of the time to stop, and always a moment: they may have written everything long ago.
    ledger.close(sinkPatience: max(.milliseconds(250), .nanoseconds(end.nanoseconds - MonotonicTime.now.nanoseconds)))
    exporter?.waitForEnd()
    log.info("stopped")
  }

  private func spanExporter(_ counters: SpanCounters) throws -> SpanExporter? {
    guard let tracing = configuration.tracing else { return nil }
    let headers = try tracing.headers.map {
      CollectorSettings.Header(name: $0.name, value: try $0.resolve(environment: environment))
    }
    return try SpanExporter(
      CollectorSettings(
        endpoint: tracing.endpoint, headers: headers, caFile: tracing.caFile, version: Convene.version),
      resource: TraceResource(version: Convene.version, organization: configuration.organization), counters: counters,
      log: log)
  }

  private func ledgerOptions() throws -> LedgerOptions {
    var options = LedgerOptions()
    options.organization = configuration.organization
    options.configuration = configuration.revision
    options.otherFiles = configuration.otherFiles
    options.longestKeylessJoin = configuration.longestKeylessJoin
    options.reads = configuration.audit.reads
    options.checkpoint = try configuration.audit.checkpoint.map { checkpoint in
      CheckpointSigning(
        key: try checkpoint.signingKey(environment: environment), every: Int64(checkpoint.every),
        interval: checkpoint.interval)
    }
    return options
  }

  private func announce(_ listeners: Listeners, workers: Int) {
    for (address, surface) in listeners.addresses {
      log.info("listening", metadata: ["address": "\(address)", "surface": "\(surface)"])
    }
    log.info(
      "ready",
      metadata: [
        "listen": .array(listeners.addresses.map { "\($0.address)" }),
        "teams": .stringConvertible(configuration.teams.count), "configuration": "\(configuration.revision)",
        "workers": .stringConvertible(workers), "version": "\(Convene.version)",
      ])
  }

  private func tellReady(_ configuration: GatewayConfiguration, _ listeners: Listeners) {
    let addresses = listeners.addresses.map { "\($0.address)" }.joined(separator: ", ")
    manager.ready(status: "serving \(configuration.teams.count) teams on \(addresses)")
  }

  /// Before anything is judged by it.
  private func put(_ configuration: GatewayConfiguration, onRecordOf ledger: StoredLedger) {
    ledger.announce(
      StartedConfiguration(
        effective: configuration.effective, files: configuration.files, version: Convene.version,
        allowsOtherCalls: configuration.allowsOtherCalls))
  }

  /// - Parameters:
  ///   - readAnew: the configuration; called where somebody asks for it.
  ///   - tick: called about once a second, however many signals come, and as often as a service manager wants signs of life.
  private func waitForStop(
    _ signals: inout Signals, ledger: StoredLedger, order: Order, readAnew: () -> Void, tick: () -> Void
  ) {
    let interval = max(.milliseconds(10), min(.seconds(1), manager.signInterval ?? .seconds(1)))
    var next = MonotonicTime.now
    while true {
      if MonotonicTime.now >= next {
        tick()
        next = .now + interval
      }
      let left = max(0, next.nanoseconds - MonotonicTime.now.nanoseconds)
      switch signals.wait(milliseconds: Int((left + 999_999) / 1_000_000)) {
      case nil: continue
      case Order.signal: if order.isWaiting { readAnew() }
      case SIGHUP:
        ledger.reopenSinks()
        log.notice("SIGHUP: the configuration is read anew, and files of the audit are opened anew")
        readAnew()
      case .some(let signal):
        log.info("stopping", metadata: ["signal": signal == SIGTERM ? "SIGTERM" : "SIGINT"])
        return
      }
    }
  }
}
