package import EventLoop
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

  private let places = Atomic<Int>(0)
  private let peak = Atomic<Int>(0)
  private let shares: [Share]

  package init(most: Int, turnedAway: Int, workers: Int = 1) throws(SystemError) {
    self.most = most
    self.turnedAway = turnedAway
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

  /// There are too many to even tell one of it.
  var isFarExceeded: Bool { count > most + turnedAway }

  func enter(_ worker: Int = 0) -> Place { Place(self, worker: worker) }

  /// The worker that should have the next connection: this one, unless another has fewer.
  func next(after worker: Int) -> Int {
    var (best, fewest) = (worker, count(of: worker))
    for other in shares.indices where other != worker && count(of: other) < fewest {
      guard shares[other].isOpen.load(ordering: .relaxed) else { continue }
      (best, fewest) = (other, count(of: other))
    }
    return best
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
