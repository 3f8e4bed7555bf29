import Synchronization

/// All that the simulator knows, shared by every connection's thread.
final class Simulator: Sendable {
  struct State: Sendable {
    var tokens: Set<String>
    /// How long a command id is remembered; zero is not at all.
    var dedupe: Duration
    var rate: RateWindow
    var faults = FaultPlan()
    var registry = ConferenceRegistry()
    var journal = Journal()
  }

  private let state: Mutex<State>
  /// Names of media files that exist.
  let media: Set<String>

  init(_ state: State, media: Set<String>) {
    self.state = Mutex(state)
    self.media = media
  }

  /// Looks at the state, or changes it, with all other threads held off. Nothing that waits belongs in here.
  func withState<Outcome: Sendable>(_ body: (inout State) -> Outcome) -> Outcome {
    state.withLock { body(&$0) }
  }

  func noteArrival(of head: RequestHead) {
    guard !head.isControl else { return }
    withState { state in
      state.journal.requests += 1
      if head.isCreate { state.journal.createsReceived += 1 }
    }
  }

  func nextFault() -> Fault { withState { $0.faults.next() } }

  func reset() {
    withState { state in
      state.registry = ConferenceRegistry()
      state.journal = Journal()
      state.rate = RateWindow(limit: state.rate.limit)
    }
  }
}
