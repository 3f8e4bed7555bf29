internal import Conference
package import EventLoop
internal import JSON

/// Runs look-ups at Telnyx: one `Reconciliation` for each command that is asked about, step by step. Belongs to a worker.
final class Reconciler {
  private struct Job {
    var reconciliation: Reconciliation
    let token: Int
    /// Whether it is proved that it was not executed, where nothing of it is there.
    let canBeAbsent: Bool
    let deadline: MonotonicTime
    let attemptTimeout: Duration
    let traceparent: TraceParent?
    let whenDone: (Resolution.Finding) -> Void
  }

  private let upstream: any UpstreamSending
  private let health: UpstreamHealth
  private let loop: EventLoop
  private var jobs: [ExchangeID: Job] = [:]
  private var isCancelled = false

  init(upstream: any UpstreamSending, health: UpstreamHealth, loop: EventLoop) {
    self.upstream = upstream
    self.health = health
    self.loop = loop
  }

  /// Looks a command up.
  ///
  /// - Parameters:
  ///   - token: with which it was sent; nil = as the command says.
  ///   - traceparent: of what is asked; nil = it is part of no trace.
  ///
  /// `whenDone` is called once, perhaps at once: too many look-ups of late are `unclear`, too.
  func find(
    _ command: UnknownCommand, token: Int? = nil, for exchange: ExchangeID, until deadline: MonotonicTime,
    attemptTimeout: Duration, traceparent: TraceParent? = nil,
    whenDone: @escaping (Resolution.Finding) -> Void
  ) {
    guard !isCancelled, var reconciliation = Reconciliation(command, at: loop.now), health.mayLookUp(at: loop.now)
    else {
      return whenDone(.unclear)
    }
    let action = reconciliation.begin()
    // To another token Telnyx may show less.
    let token = token ?? command.token.flatMap(health.token)
    jobs[exchange] = Job(
      reconciliation: reconciliation, token: token ?? health.tokens(at: loop.now).order.first ?? 0,
      canBeAbsent: token != nil && !command.mayStillArrive, deadline: deadline,
      attemptTimeout: attemptTimeout, traceparent: traceparent, whenDone: whenDone)
    perform(action, for: exchange)
  }

  func isLookingUp(_ exchange: ExchangeID) -> Bool {
    // Nearly always nothing is looked up.
    !jobs.isEmpty && jobs[exchange] != nil
  }

  /// - Parameter exchange: one that is being looked up.
  func attemptEnded(_ outcome: AttemptOutcome, of exchange: ExchangeID) {
    guard let action = jobs[exchange]?.reconciliation.lookedUp(outcome, at: loop.now) else { return }
    perform(action, for: exchange)
  }

  /// The process is stopping: look-ups under way end as unclear, and none begins.
  func cancel() {
    isCancelled = true
    for exchange in jobs.keys { upstream.cancel(exchange) }
  }

  private func perform(_ action: Reconciliation.Action, for exchange: ExchangeID) {
    guard let job = jobs[exchange] else { return }
    switch action {
    case .look(let path) where job.deadline > loop.now:
      let attempt = UpstreamAttempt(
        path: path, body: nil, fields: Self.fields, traceparent: job.traceparent, token: job.token,
        timeout: min(job.attemptTimeout, job.deadline - loop.now))
      upstream.send(attempt, for: exchange)
    case .look: conclude(.unclear, for: exchange)
    case .conclude(.found(let reply, let id)):
      let stored = StoredReply(status: reply.status, fields: reply.fields, body: reply.body)
      conclude(.found(conferenceID: id, reply: stored), for: exchange)
    // That it isn't there may only mean that it isn't there yet.
    case .conclude(.absent): conclude(job.canBeAbsent ? .absent : .unclear, for: exchange)
    case .conclude(.unclear): conclude(.unclear, for: exchange)
    }
  }

  private func conclude(_ finding: Resolution.Finding, for exchange: ExchangeID) {
    jobs.removeValue(forKey: exchange)?.whenDone(finding)
  }

  private static let fields: HeaderFields = {
    var fields = HeaderFields()
    fields.append("Via", "1.1 convene")
    // What a cache has is what was.
    fields.append("Cache-Control", "no-cache")
    return fields
  }()
}

extension Reconciliation {
  /// - Returns: nil where the bytes are no command, which the ledger never holds.
  package init?(_ command: UnknownCommand, at now: MonotonicTime) {
    guard let body = try? JSONValue.parse(command.body), let name = body[Field.name.name]?.string,
      let callControlID = body[Field.callControlID.name]?.string
    else { return nil }
    self.init(
      Subject(
        name: name, callControlID: callControlID, region: body[Field.region.name]?.string,
        firstSent: command.firstSent, sent: command.age.map { now - $0 }, others: command.others))
  }
}
