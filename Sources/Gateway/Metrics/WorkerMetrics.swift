internal import Conference
internal import EventLoop
internal import Metrics

/// What one worker counts. Belongs to its thread; a page is made of the `cells`, on another one.
final class WorkerMetrics {
  enum Count: Int, CaseIterable {
    /// Not a count: how many requests are under way.
    case inFlight
    case tokenFallbacks, executed, notExecuted, unknown
  }

  /// For any thread to read.
  final class Readable: Sendable {
    let counts = Cells(Count.allCases.count)
    /// By call, of each decision.
    let calls = Cells(ConferenceCall.allCases.count * RequestDecision.allCases.count)
    /// By decision.
    let requestDurations = RequestDecision.allCases.map { _ in Histogram(.durations) }
    /// By how an attempt ended.
    let attemptDurations = AttemptLabel.allCases.map { _ in Histogram(.durations) }
    /// By team: of each decision and status.
    let requests: CellTable.Reader
    /// By limit.
    let rejections: CellTable.Reader

    fileprivate init(requests: CellTable.Reader, rejections: CellTable.Reader) {
      self.requests = requests
      self.rejections = rejections
    }
  }

  let cells: Readable
  private let requests = CellTable(size: RequestDecision.allCases.count * StatusLabel.all.count)
  private let rejections = CellTable(size: 1)

  init() { cells = Readable(requests: requests.reader, rejections: rejections.reader) }

  /// Which of a team's cells is whose.
  static func cell(of decision: RequestDecision, status label: Int) -> Int {
    decision.rawValue * StatusLabel.all.count + label
  }

  static func cell(of call: ConferenceCall, _ decision: RequestDecision) -> Int {
    call.index * RequestDecision.allCases.count + decision.rawValue
  }

  func add(_ count: Count) { cells.counts.add(to: count.rawValue) }

  func setInFlight(_ count: Int) { cells.counts.set(Count.inFlight.rawValue, to: count) }

  /// A request is answered.
  ///
  /// - Parameters:
  ///   - call: that it asked for; nil = the create, or nothing that Telnyx has.
  ///   - team: its number; 0 = nobody knows whose it is.
  func answered(
    _ decision: RequestDecision, _ call: ConferenceCall? = nil, team: Int, status: Int, after duration: Duration
  ) {
    if let call { cells.calls.add(to: Self.cell(of: call, decision)) }
    requests[team].add(to: Self.cell(of: decision, status: StatusLabel.index(of: status)))
    cells.requestDurations[decision.rawValue].observe(Int(duration.nanoseconds))
  }

  func attemptEnded(_ outcome: AttemptOutcome, after duration: Duration) {
    cells.attemptDurations[AttemptLabel(outcome).rawValue].observe(Int(duration.nanoseconds))
  }

  /// A limit of the caller's is used up.
  ///
  /// - Parameter limits: all of them, in their order, as they stand.
  func limited(_ caller: AuthenticatedCaller, _ limits: [LimitStatus]) {
    guard let rule = limits.first(where: { $0.remaining == 0 })?.rule, let number = caller.limitNumbers[rule.name]
    else {
      return
    }
    rejections[number].add(to: 0)
  }

  func count(_ outcome: Settlement.Outcome) {
    switch outcome {
    case .done: add(.executed)
    case .free: add(.notExecuted)
    case .unknown: add(.unknown)
    }
  }
}

extension Histogram.Bounds {
  /// From what a repeat takes to what is longer than any deadline should be.
  static let durations = Histogram.Bounds.times(microseconds: [
    500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
    10_000_000,
    30_000_000, 60_000_000,
  ])
}
