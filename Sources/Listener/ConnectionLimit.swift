package import EventLoop
internal import Gateway
internal import Synchronization

/// How many connections of one kind there are and may be, over all workers, and which worker has how many.
///
/// All workers accept from the same sockets, and the kernel wakes whichever it likes: while there is little to do, nearly
/// always the same one. So whoever has accepted a connection hands it to the worker that has the fewest.
package final class ConnectionLimit: Sendable {
  /// One connection's place among them, given back with its last owner.
  final class Place: Sendable {
    private let limit: ConnectionLimit
    private let worker: Int

    fileprivate init(_ limit: ConnectionLimit, worker: Int) {
      self.limit = limit
      self.worker = worker
      limit.shares[worker].connections.add(1, ordering: .relaxed)
      let now = limit.places.add(1, ordering: .relaxed).newValue
      // Two threads may overlook each other here: the peak is for guessing.
      if now > limit.peak.load(ordering: .relaxed) { limit.peak.store(now, ordering: .relaxed) }
    }

    deinit {
      limit.shares[worker].connections.subtract(1, ordering: .relaxed)
      limit.places.subtract(1, ordering: .relaxed)
    }
  }

  /// What one worker has.
  private final class Share: Sendable {
    let connections = Atomic<Int>(0)
    /// Those of them on which a known caller's request is under way.
    let requests = Atomic<Int>(0)
    /// It takes connections from the others.
    let isOpen = Atomic<Bool>(false)
    let arrivals: Mailbox<AcceptedConnection>

    init() throws(SystemError) { arrivals = try Mailbox() }
  }

  /// How many connections are dismissed at once, at most.
  static let mostLeaving = 32

  /// Connections that are served.
  let most: Int
  /// Further ones, which are told that there are too many before they are closed.
  let turnedAway: Int

  /// Connections on which a known caller's request is under way.
  private let requests: SharedRoom

  private let places = Atomic<Int>(0)
  private let peak = Atomic<Int>(0)
  private let shares: [Share]

  package init(most: Int, turnedAway: Int, workers: Int = 1) throws(SystemError) {
    self.most = most
    self.turnedAway = turnedAway
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

  /// - Parameter leaving: connections whose end is on its way.
  func isExceeded(leaving: Int) -> Bool { count - leaving > most }

  /// There are too many to even tell one of it: none is accepted until some have gone.
  var isExhausted: Bool { count >= most + turnedAway }

  /// Connections that a worker may serve: where each keeps to its own part, no worker has to wait for another one to make room.
  var part: Int { part(most) }

  /// Connections of a worker's that are told that there are too many, at least one.
  var partTurnedAway: Int { max(1, part(turnedAway)) }

  private func part(_ whole: Int) -> Int { (whole + shares.count - 1) / shares.count }

  func enter(_ worker: Int = 0) -> Place { Place(self, worker: worker) }

  /// The worker that should have the next connection: this one, unless another has fewer; or, where all have their part, fewer
  /// that it can't dismiss.
  func next(after worker: Int) -> Int {
    let best = fewest(worker) { $0.connections.load(ordering: .relaxed) }
    return count(of: best) < part ? best : fewest(worker) { $0.requests.load(ordering: .relaxed) }
  }

  private func fewest(_ worker: Int, _ count: (Share) -> Int) -> Int {
    var (best, fewest) = (worker, count(shares[worker]))
    for other in shares.indices where other != worker {
      let others = count(shares[other])
      guard others < fewest, shares[other].isOpen.load(ordering: .relaxed) else { continue }
      (best, fewest) = (other, others)
    }
    return best
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

  func hand(_ connection: AcceptedConnection, to worker: Int) { shares[worker].arrivals.post(connection) }

  /// From now on this worker takes what others accept for it.
  func open(_ worker: Int, on loop: EventLoop, _ take: @escaping (AcceptedConnection) -> Void) throws(SystemError) {
    guard shares.count > 1 else { return }
    try shares[worker].arrivals.attach(to: loop) { $0.forEach(take) }
    shares[worker].isOpen.store(true, ordering: .relaxed)
  }

  /// Nobody is to hand this worker any more; what is on its way still arrives.
  func close(_ worker: Int) { shares[worker].isOpen.store(false, ordering: .relaxed) }

  func detach(_ worker: Int, from loop: EventLoop) { shares[worker].arrivals.detach(from: loop) }
}
