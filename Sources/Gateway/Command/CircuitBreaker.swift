package import EventLoop

/// Stops sending while Telnyx is down, and finds out when it is back: a value without a clock.
///
/// Closed: attempts are counted over the last ten seconds. At least twenty of which half failed: open. Open: nothing is
/// sent for a second (doubling to thirty). Then one request goes as a probe: its success closes, its failure opens anew.
package struct CircuitBreaker: Sendable {
  private enum State: Sendable {
    case closed
    case open(until: MonotonicTime)
    /// A probe is under way; if nothing is heard of it by then, the next request is one.
    case probing(until: MonotonicTime)
  }

  private static let window: Duration = .seconds(10)
  private static let minimumAttempts = 20
  private static let probeTimeout: Duration = .seconds(5)

  private var state = State.closed
  private var openFor: Duration = .seconds(1)
  /// Two half windows: what was counted in the current one and in the one before.
  private var current = Tally()
  private var previous = Tally()
  private var halfEnd = MonotonicTime(nanoseconds: .min)

  private struct Tally {
    var attempts = 0
    var failures = 0
  }

  package init() {}

  /// Nothing but probes is sent.
  package var isOpen: Bool { if case .closed = state { false } else { true } }

  /// How long nothing is sent yet, or nil: send. Where it is time for a probe, the one who asks is the probe.
  package mutating func unavailability(at now: MonotonicTime) -> Duration? {
    switch state {
    case .closed: return nil
    case .open(let until), .probing(let until):
      guard now >= until else { return until - now }
      state = .probing(until: now + Self.probeTimeout)
      return nil
    }
  }

  /// The same for what is no probe, and tells of no attempt.
  package func unavailabilityOfReads(at now: MonotonicTime) -> Duration? {
    switch state {
    case .closed: nil
    case .open(let until), .probing(let until): now < until ? until - now : nil
    }
  }

  /// Tells of an attempt. A failure is one of Telnyx, or of the way there: no reply, or a 5xx. A reply whose body can't
  /// be read is none.
  package mutating func attemptEnded(succeeded: Bool, at now: MonotonicTime) {
    if case .probing = state {
      if succeeded { close() } else { open(at: now) }
      return
    }
    guard case .closed = state else { return }
    turn(at: now)
    current.attempts += 1
    if !succeeded { current.failures += 1 }
    let attempts = current.attempts + previous.attempts
    let failures = current.failures + previous.failures
    if attempts >= Self.minimumAttempts, failures * 2 >= attempts, !succeeded { open(at: now) }
  }

  private mutating func turn(at now: MonotonicTime) {
    guard now >= halfEnd else { return }
    let isAdjacent = now < halfEnd + Self.window / 2
    previous = isAdjacent ? current : Tally()
    current = Tally()
    halfEnd = now + Self.window / 2
  }

  private mutating func open(at now: MonotonicTime) {
    state = .open(until: now + openFor)
    openFor = min(openFor * 2, .seconds(30))
  }

  private mutating func close() {
    state = .closed
    openFor = .seconds(1)
    current = Tally()
    previous = Tally()
  }
}
