internal import EventLoop
internal import Gateway
internal import JSON

/// The commands of the last 45 seconds whose callers gave no key, so that an SDK's retry of such a command finds it; and of a longer
/// time where equal ones are joined.
///
/// A caller may have sent several with equal bodies, and nobody can tell which of these twins a retry repeats. So each retry
/// is given one of its own, in an order in which nothing is created twice:
/// 1. One whose outcome nobody knows yet, before any that is done: its caller can't have its answer, and what is sent in its
///    place might be a second create. Of several the oldest, since its time to be sent again ends first; and one whose caller
///    was told that nobody knows before one that is still being sent, for which its caller may be waiting.
/// 2. One that was refused or not executed, see `KeylessRefusals`: the retry is a new command.
/// 3. One that is done, the newest first: the answer of an older one has probably arrived.
/// Among these the one that has had exactly as many retries as the SDK says it has made comes first.
///
/// In memory: the table has no index for this, and at the start a look at its newest rows brings it back.
struct KeylessCommands {
  struct Key: Hashable {
    let team: ByteString
    let caller: ByteString
    let fingerprint: [UInt8]

    init(team: String, caller: String, fingerprint: [UInt8]) {
      self.team = ByteString(team)
      self.caller = ByteString(caller)
      self.fingerprint = fingerprint
    }

    init(_ command: StoredCommand) {
      self.init(team: command.team, caller: command.caller, fingerprint: command.fingerprint)
    }
  }

  enum State { case sending, unknown, done }

  private struct Twin {
    let commandID: String
    let firstSent: DualClockInstant
    var state = State.sending
    /// What the SDK called its newest retry of it; 0 = there was none.
    var retries: Int
  }

  /// With one key. Of more than that some are forgotten, done ones first: a retry finds another one.
  private static let mostTwins = 64

  // Beyond this the oldest are forgotten; their retries are then new commands, which is what they are anywhere else.
  let capacity: Int
  /// How long they are remembered.
  private(set) var memory: Duration
  private var twins: [Key: [Twin]] = [:]
  /// In the order of noting; what is stale in it is dropped as it comes to the front.
  private var order: [(key: Key, commandID: String, firstSent: DualClockInstant)] = []
  private var front = 0
  private var latest: DualClockInstant?
  /// What there was before this transaction's changes, in their order.
  private var changes: [(key: Key, before: [Twin]?)] = []

  /// - Parameter join: the time within which equal ones are joined; nil = they are not.
  init(capacity: Int = 65_536, join: Duration? = nil) {
    self.capacity = capacity
    memory = max(CommandLife.resendWindow, join ?? .zero)
  }

  /// Those that an equal request within a time is the same as: of several one whose outcome nobody knows first, then the newest.
  mutating func equal(to key: Key, within time: Duration, at now: DualClockInstant) -> [String] {
    // A reload may make it longer.
    memory = max(memory, time)
    let young = (twins[key] ?? []).filter { now.isWithin(time, after: $0.firstSent) }
    return young.filter { $0.state != .done }.map(\.commandID)
      + young.reversed().filter { $0.state == .done }.map(\.commandID)
  }

  /// Those that an SDK's retry may repeat, the one that it is to join first: those whose outcome nobody knows, and those
  /// that are done.
  ///
  /// - Parameter retry: what the SDK calls it, 1 for the first.
  func find(_ key: Key, retry: Int, at now: DualClockInstant) -> (open: [String], done: [String]) {
    guard let all = twins[key] else { return ([], []) }
    let young = all.filter { now.isWithin(CommandLife.resendWindow, after: $0.firstSent) }
    // Stable: what is equal stays in its order.
    func rank(_ twin: Twin) -> Int { (twin.retries == retry - 1 ? 0 : 2) + (twin.state == .sending ? 1 : 0) }
    func sorted(_ twins: [Twin]) -> [String] {
      (0...3).flatMap { place in twins.filter { rank($0) == place } }.map(\.commandID)
    }
    return (sorted(young.filter { $0.state != .done }), sorted(young.reversed().filter { $0.state == .done }))
  }

  /// - Parameter retries: what the SDK calls the request that sends it; 0 = the first try.
  mutating func note(_ command: StoredCommand, as state: State = .sending, retries: Int, at now: DualClockInstant) {
    let twin = Twin(commandID: command.commandID, firstSent: command.firstSent, state: state, retries: retries)
    change(Key(command)) { twins in
      if twins.count >= Self.mostTwins { twins.remove(at: twins.firstIndex { $0.state == .done } ?? 0) }
      twins.append(twin)
    }
    order.append((Key(command), command.commandID, command.firstSent))
    latest = now
  }

  /// As the store has it: another process may have sent it.
  mutating func learn(_ command: StoredCommand, at now: DualClockInstant) {
    let isKnown = twins[Key(command)]?.contains { $0.commandID == command.commandID } ?? false
    if isKnown {
      become(command.keylessState, command)
    } else {
      note(command, as: command.keylessState, retries: 0, at: now)
    }
  }

  mutating func become(_ state: State, _ command: StoredCommand) {
    change(Key(command)) { twins in
      guard let index = twins.lastIndex(where: { $0.commandID == command.commandID }) else { return }
      twins[index].state = state
    }
  }

  /// A retry is joined to it.
  ///
  /// - Parameter retry: what the SDK calls that, 1 for the first.
  mutating func join(_ command: StoredCommand, retry: Int) {
    change(Key(command)) { twins in
      guard let index = twins.lastIndex(where: { $0.commandID == command.commandID }) else { return }
      twins[index].retries = max(twins[index].retries, retry)
    }
  }

  /// It was not executed.
  ///
  /// - Returns: what the SDK called its newest retry of it; nil where it was forgotten before.
  @discardableResult
  mutating func forget(_ command: StoredCommand) -> Int? {
    var retries: Int?
    change(Key(command)) { twins in
      guard let index = twins.lastIndex(where: { $0.commandID == command.commandID }) else { return }
      retries = twins.remove(at: index).retries
    }
    return retries
  }

  /// Whatever was forgotten for its age is not brought back by a transaction that fails.
  mutating func commit() {
    changes.removeAll(keepingCapacity: true)
    if let now = latest { forgetOld(at: now) }
    latest = nil
  }

  mutating func rollBack() {
    while let change = changes.popLast() { twins[change.key] = change.before }
    latest = nil
  }

  private mutating func change(_ key: Key, _ body: (inout [Twin]) -> Void) {
    let before = twins[key]
    changes.append((key, before))
    var after = before ?? []
    body(&after)
    twins[key] = after.isEmpty ? nil : after
  }

  private mutating func forgetOld(at now: DualClockInstant) {
    while front < order.count {
      let oldest = order[front]
      let isYoung = now.isWithin(memory, after: oldest.firstSent)
      if isYoung, order.count - front <= capacity { break }
      if let index = twins[oldest.key]?.firstIndex(where: { $0.commandID == oldest.commandID }) {
        twins[oldest.key]?.remove(at: index)
        if twins[oldest.key]?.isEmpty == true { twins[oldest.key] = nil }
      }
      front += 1
    }
    if front > 1024, front > order.count / 2 {
      order.removeFirst(front)
      front = 0
    }
  }
}

extension StoredCommand {
  /// What to note of one that another process has sent, or an earlier one.
  var keylessState: KeylessCommands.State {
    switch state {
    case .done: .done
    case .sending where isSentElsewhere: .sending
    case .sending, .unknown: .unknown
    }
  }
}
