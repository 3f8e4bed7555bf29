internal import CLinux
internal import Configuration
internal import EventLoop
internal import Gateway
internal import Ledger
internal import Listener
internal import Logging
internal import Upstream

/// The whole process: opened from the inside out (ledger, sockets, workers), closed from the outside in.
struct Server {
  private let configuration: GatewayConfiguration
  private let log: Logger
  private let environment: [String: String]

  init(configuration: GatewayConfiguration, environment: [String: String], log: Logger) {
    self.configuration = configuration
    self.environment = environment
    self.log = log
  }

  /// Serves until SIGTERM or SIGINT, then drains.
  func run() throws {
    // Before any thread starts, so that all of them inherit the mask and only this one takes signals.
    var signals = Signals([SIGTERM, SIGINT, SIGHUP, Drained.signal])
    let budget = try DescriptorBudget.ofServing(configuration)
    for warning in budget.warnings { log.warning("\(warning)") }
    let workers = configuration.server.workerCount
    let tokens = try TokenWatch(configuration.upstream.tokens, environment: environment, log: log)
    // Recovery happens in here: before a port is open, every command has a state.
    let ledger = try SQLiteLedger(
      settings: configuration.ledger, sinks: configuration.audit, options: ledgerOptions(), logger: log
    ) { error in
      // Nothing that it says can be trusted any more; the next start recovers from what the disk has.
      log.critical("the ledger has failed", metadata: ["error": "\(error)"])
      StandardStream.exit(1)
    }
    let doors = try Doors(configuration, workers: workers)
    let shared = Worker.Shared(
      configuration: configuration, snapshot: GatewaySnapshot(configuration),
      health: UpstreamHealth(tokens: configuration.upstream.tokens.count), metrics: GatewayMetrics(), ledger: ledger,
      tokens: tokens.store, resolver: HostResolver(url: configuration.upstream.url),
      connections: try ConnectionLimit(
        most: budget.callers, turnedAway: budget.turnedAway, workers: workers), budget: budget,
      workers: workers, log: log)
    let running = try (0..<workers).map { number in
      try Worker(number: number, shared: shared, doors: doors.of(worker: number))
    }
    announce(doors, workers: workers)
    // Most of it only the start has needed: relocations, the configuration's parsers, OpenSSL's tables.
    convene_unmap_code()
    waitForStop(&signals, tokens: tokens)
    drain(running, &signals)
    doors.unlink()
    ledger.close()
    log.info("stopped")
  }

  private func ledgerOptions() throws -> LedgerOptions {
    var options = LedgerOptions()
    options.organization = configuration.organization
    options.configuration = configuration.revision
    options.checkpoint = try configuration.audit.checkpoint.map { checkpoint in
      CheckpointSigning(
        key: try checkpoint.signingKey(environment: environment), every: Int64(checkpoint.every),
        interval: checkpoint.interval)
    }
    return options
  }

  private func announce(_ doors: Doors, workers: Int) {
    for (address, surface) in doors.addresses {
      log.info("listening", metadata: ["address": "\(address)", "surface": "\(surface)"])
    }
    log.info(
      "ready",
      metadata: [
        "listen": .array(doors.addresses.map { "\($0.address)" }),
        "teams": .stringConvertible(configuration.teams.count), "configuration": "\(configuration.revision)",
        "workers": .stringConvertible(workers), "version": "\(Convene.version)",
      ])
  }

  private func waitForStop(_ signals: inout Signals, tokens: TokenWatch) {
    while true {
      switch signals.wait(milliseconds: 1000) {
      case nil: tokens.refresh()
      case Drained.signal: continue
      case SIGHUP: log.warning("SIGHUP is ignored: restart to change the configuration")
      case .some(let signal):
        log.info("stopping", metadata: ["signal": signal == SIGTERM ? "SIGTERM" : "SIGINT"])
        return
      }
    }
  }

  /// Lets what is under way end, for as long as the configuration says; a second signal ends the waiting.
  private func drain(_ workers: [Worker], _ signals: inout Signals) {
    for worker in workers { worker.tell(.announceStop) }
    _ = signals.wait(milliseconds: Int(configuration.server.drainDelay.milliseconds))
    for worker in workers { worker.tell(.drain) }
    let drained = Drained()
    let waiting = OwnedThread(name: "drain") {
      for worker in workers { worker.join() }
      drained.tell()
    }
    var orders: [WorkerMessage] = [.abandon, .exit]
    var patience = configuration.server.drainTimeout
    while !drained.isTold {
      let signal = signals.wait(milliseconds: Int(patience.milliseconds))
      if drained.isTold { break }
      if signal == Drained.signal || signal == SIGHUP { continue }
      guard !orders.isEmpty else {
        log.critical("a worker does not end")
        StandardStream.exit(1)
      }
      let order = orders.removeFirst()
      log.warning("requests are still under way", metadata: ["order": "\(order)"])
      for worker in workers { worker.tell(order) }
      patience = .seconds(5)
    }
    waiting.join()
  }
}
