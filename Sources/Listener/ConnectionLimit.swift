package import EventLoop
internal import Gateway
internal import Synchronization

/// How many connections of one kind there are and may be, over all workers, and which worker has how many.
///
/// All workers accept from the same sockets, and the kernel wakes whichever it likes: while there is little to do, nearly
/// always the same one. So whoever has accepted a connection hands it to the worker that has the fewest; or, where one must go
/// for it, more often to the worker that has more to choose from.
package final class ConnectionLimit: Sendable {
  /// One connection's place among them, given back with its last owner.
  final class Place: Sendable {
    private let limit: ConnectionLimit
    private let worker: Int
    private let leaves = Atomic<Bool>(false)

    fileprivate init(_ limit: ConnectionLimit, worker: Int) {
      self.limit = limit
      self.worker = worker
      limit.shares[worker].connections.add(1, ordering: .relaxed)
      let now = limit.places.add(1, ordering: .relaxed).newValue
      // Two threads may overlook each other here: the peak is for guessing.
      if now > limit.peak.load(ordering: .relaxed) { limit.peak.store(now, ordering: .relaxed) }
    }

    /// Its connection will have ended in a moment.
    var isLeaving: Bool {
      get { leaves.load(ordering: .relaxed) }
      set {
        guard leaves.exchange(newValue, ordering: .relaxed) != newValue else { return }
        limit.shares[worker].leaving.add(newValue ? 1 : -1, ordering: .relaxed)
      }
    }

    deinit {
      limit.shares[worker].connections.subtract(1, ordering: .relaxed)
      limit.places.subtract(1, ordering: .relaxed)
      isLeaving = false
    }
  }

  /// What one worker has.
  private final class Share: Sendable {
    let connections = Atomic<Int>(0)
    /// Those of them on which a known caller's request is under way.
    let requests = Atomic<Int>(0)
    /// Those of them that will have ended in a moment.
    let leaving = Atomic<Int>(0)
    /// Those of them that are still on their way to it.
    let arriving = Atomic<Int>(0)
    /// It takes connections from the others.
    let isOpen = Atomic<Bool>(false)
    let arrivals: Mailbox<AcceptedConnection>

    init() throws(SystemError) { arrivals = try Mailbox() }

    /// About how many of its connections can be dismissed, less one for each that is on its way and will need that.
    var spare: Int {
      guard isOpen.load(ordering: .relaxed) else { return 0 }
      let kept = connections.load(ordering: .relaxed) - requests.load(ordering: .relaxed)
      return max(0, kept - leaving.load(ordering: .relaxed) - 2 * arriving.load(ordering: .relaxed))
    }
  }

  /// How many connections are dismissed at once, at most.
  static let mostLeaving = 32

  /// Connections that are kept.
  let most: Int
  /// Further ones: who comes where nobody can go, until it has said who it is, or has heard that there are too many requests.
  let overflow: Int

  /// Connections on which a known caller's request is under way.
  private let requests: SharedRoom

  private let places = Atomic<Int>(0)
  /// How many came where one had to go for them.
  private let draws = Atomic<UInt>(0)
  private let peak = Atomic<Int>(0)
  private let shares: [Share]

  package init(most: Int, overflow: Int, workers: Int = 1) throws(SystemError) {
    self.most = most
    self.overflow = overflow
    requests = SharedRoom(most: most)
    var shares: [Share] = []
    for _ in 0..<workers { shares.append(try Share()) }
    self.shares = shares
  }

  /// How many there are now.
  package var count: Int { places.load(ordering: .relaxed) }

  /// The most that there were since this was asked.
  package func takePeak() -> Int { peak.exchange(count, ordering: .relaxed) }

  /// How many a worker has now.
  package func count(of worker: Int) -> Int { shares[worker].connections.load(ordering: .relaxed) }

  /// Each of the places is held by a known caller's request: whoever comes can only be told so.
  private var isFull: Bool { requests.count >= most }

  /// There are more than are kept.
  var isExceeded: Bool { excess(over: most) > 0 }

  /// How many must go for those that have come.
  var excess: Int { excess(over: isFull ? most + overflow - 1 : most) }

  /// Those left out that are leaving.
  private func excess(over most: Int) -> Int {
    let excess = count - most
    return excess > 0 ? shares.reduce(excess) { $0 - $1.leaving.load(ordering: .relaxed) } : 0
  }

  /// There are too many to even tell one of it: none is accepted until some have gone.
  var isExhausted: Bool { count >= most + overflow }

  func enter(_ worker: Int = 0) -> Place { Place(self, worker: worker) }

  /// The worker that should have the next connection: this one, unless another has fewer. Where one must go for it, each that
  /// can is as likely to be at the worker that gets it: so all workers together choose about as one would.
  func next(after worker: Int) -> Int {
    guard shares.count > 1 else { return worker }
    return count < most || isFull ? fewest(worker) : drawn() ?? fewest(worker)
  }

  private func fewest(_ worker: Int) -> Int {
    var (best, fewest) = (worker, count(of: worker))
    for other in shares.indices where other != worker {
      let others = count(of: other)
      guard others < fewest, shares[other].isOpen.load(ordering: .relaxed) else { continue }
      (best, fewest) = (other, others)
    }
    return best
  }

  private func drawn() -> Int? {
    let all = shares.reduce(0) { $0 + $1.spare }
    guard all > 0 else { return nil }
    // Multiples of the golden ratio: they are spread evenly, and no two that follow each other are near.
    let draw = draws.wrappingAdd(1, ordering: .relaxed).newValue &* 0x9E37_79B9_7F4A_7C15
    var left = Int(draw.multipliedFullWidth(by: UInt(all)).high)
    // Meanwhile some may have gone: then it is nobody's.
    return shares.firstIndex { share in
      left -= share.spare
      return left < 0
    }
  }

  /// A known caller's request begins on a connection of this worker.
  ///
  /// - Returns: why it must not, else nil; then it has an end.
  func begin(on worker: Int, for caller: CallerShare) -> SharedRoom.Shortage? {
    if let shortage = requests.take(1, for: caller.connections) { return shortage }
    shares[worker].requests.add(1, ordering: .relaxed)
    return nil
  }

  func end(on worker: Int, for caller: CallerShare) {
    shares[worker].requests.subtract(1, ordering: .relaxed)
    requests.giveBack(1, of: caller.connections)
  }

  func hand(_ connection: AcceptedConnection, to worker: Int) {
    shares[worker].arriving.add(1, ordering: .relaxed)
    shares[worker].arrivals.post(connection)
  }

  /// From now on this worker takes what others accept for it.
  func open(_ worker: Int, on loop: EventLoop, _ take: @escaping (AcceptedConnection) -> Void) throws(SystemError) {
    guard shares.count > 1 else { return }
    let share = shares[worker]
    try share.arrivals.attach(to: loop) { arrivals in
      for connection in arrivals {
        share.arriving.subtract(1, ordering: .relaxed)
        take(connection)
      }
    }
    share.isOpen.store(true, ordering: .relaxed)
  }

  /// Nobody is to hand this worker any more; what is on its way still arrives.
  func close(_ worker: Int) { shares[worker].isOpen.store(false, ordering: .relaxed) }

  func detach(_ worker: Int, from loop: EventLoop) { shares[worker].arrivals.detach(from: loop) }
}
