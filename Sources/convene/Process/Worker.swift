internal import EventLoop
internal import Gateway
internal import Listener
internal import Logging
internal import Metrics
internal import Upstream

/// One thread with one loop: a listener, an upstream and the pipeline between them. Workers share what `Shared` names and
/// nothing else.
final class Worker: Sendable {
  /// What all workers use together; each of these is made for several threads.
  struct Shared: Sendable {
    let configuration: GatewayConfiguration
    let snapshot: GatewaySnapshot
    let health: UpstreamHealth
    let metrics: GatewayMetrics
    let news: GatewayNews
    let registry: MetricRegistry
    let pages: MetricsThread
    /// Takes spans; nil = nobody does.
    let collector: (any SpanExporting)?
    let ledger: any CommandLedger
    let tokens: TokenStore
    let resolver: HostResolver
    let proxy: UpstreamProxy?
    let connections: ConnectionLimit
    let budget: DescriptorBudget
    let bodies: BodyBudget
    let pulse: Pulse
    let workers: Int
    let log: Logger
    let threshold: LogThreshold
    /// Asks for a reload and returns its number; every worker is told of its end.
    let askForReload: @Sendable () -> Int
  }

  /// A socket that this worker accepts from.
  struct Listener: Sendable {
    let socket: ListeningSocket
    let surface: IncomingRequest.Surface
    /// nil = in the clear.
    let tls: TLSEndpoint?
  }

  private let mailbox: WorkerMailbox
  private let thread: OwnedThread

  /// - Parameter number: worker 0 also looks up in the background what is unknown.
  init(number: Int, shared: Shared, listeners: [Listener]) throws(SystemError) {
    let mailbox = try WorkerMailbox()
    self.mailbox = mailbox
    thread = OwnedThread(name: "worker \(number)") {
      do {
        let loop = try WorkerLoop(number: number, shared: shared, listeners: listeners, mailbox: mailbox)
        if number == 0 { loop.reconcileInBackground() }
        loop.run()
      } catch {
        shared.log.critical("a worker can't start", metadata: ["error": "\(error)"])
        // Half a gateway would look like a whole one.
        StandardStream.exit(1)
      }
    }
  }

  func tell(_ message: WorkerMessage) { mailbox.box.post(message) }

  func join() { thread.join() }
}

/// What lives on the worker's thread only.
private final class WorkerLoop: BeforeSleepHook {
  private let loop: EventLoop
  private let listener: HTTPListener
  private let upstream: CurlUpstream
  private let pipeline: GatewayPipeline
  private let mailbox: WorkerMailbox
  private let pulse: Pulse
  private var isDraining = false

  init(number: Int, shared: Worker.Shared, listeners: [Worker.Listener], mailbox: WorkerMailbox) throws {
    self.mailbox = mailbox
    pulse = shared.pulse
    let settings = shared.configuration
    loop = try EventLoop()
    // Hooks run in this order: what the upstream ends in a turn is answered in the same turn.
    upstream = try CurlUpstream(
      settings: settings.upstream, connections: max(1, shared.budget.upstream / shared.workers),
      tokens: shared.tokens, resolver: shared.resolver, proxy: shared.proxy, userAgent: "convene/\(Convene.version)",
      loop: loop)
    listener = try HTTPListener(
      settings: settings.server, limit: shared.connections, admins: shared.budget.admins, bodies: shared.bodies,
      worker: number, loop: loop)
    pipeline = GatewayPipeline(
      snapshot: shared.snapshot, health: shared.health, metrics: shared.metrics, news: shared.news,
      ledger: shared.ledger,
      mailbox: mailbox, upstream: upstream, loop: loop, log: shared.log, threshold: shared.threshold,
      collector: shared.collector)
    listener.receiver = pipeline
    pipeline.onReloadAsked = shared.askForReload
    pipeline.onPageAsked = { format in shared.pages.ask(for: format) { mailbox.box.post(.exposed($0, format)) } }
    // The first worker's are the only ones that the admin listener has.
    if number == 0 { Self.count(shared.connections, listener.admins, in: shared.registry) }
    let log = shared.log
    listener.onShortage = { error in log.warning("a connection can't be accepted", metadata: ["error": "\(error)"]) }
    loop.add(self)
    try mailbox.box.attach(to: loop) { [unowned self] messages in messages.forEach(take) }
    for one in listeners { try listener.listen(on: one.socket, as: one.surface, tls: one.tls) }
  }

  private static func count(_ callers: ConnectionLimit, _ admins: ConnectionLimit, in registry: MetricRegistry) {
    registry.add { page in
      page.family(.gauge, "convene_connections", "Connections that are open.")
      page.sample(callers.count, ["surface": "callers"])
      page.sample(admins.count, ["surface": "admin"])
    }
  }

  func reconcileInBackground() { pipeline.reconcileInBackground() }

  func run() {
    loop.run()
    mailbox.box.detach(from: loop)
    listener.close()
    upstream.close()
  }

  private func take(_ message: WorkerMessage) {
    switch message {
    case .ledger(let answers): pipeline.ledgerAnswered(answers)
    case .adopt(let snapshot, let adoption):
      pipeline.snapshot = snapshot
      adoption.done()
    case .reloaded(let report, let last): pipeline.reloaded(report, upTo: last)
    case .exposed(let page, let format): pipeline.exposed(page, format)
    case .announceStop: pipeline.announceStop()
    case .drain:
      isDraining = true
      listener.stopAccepting()
      pipeline.drain()
    case .abandon:
      pipeline.abandon()
      listener.abandon()
    case .exit: loop.stop()
    case .beat: pulse.beat()
    }
  }

  var wakeTime: MonotonicTime { .distantFuture }

  /// Draining is over when nothing is under way, the last byte of the last answer included.
  func beforeSleep() {
    if isDraining, pipeline.isIdle, listener.isIdle { loop.stop() }
  }
}
