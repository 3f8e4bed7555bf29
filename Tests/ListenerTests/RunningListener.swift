import EventLoop
import Gateway
import Listener
import Metrics
import Synchronization
import TestKit

/// An `HTTPListener` on a thread and a free port of its own, in front of a `StandIn`. Ends with this object.
final class RunningListener: Sendable {
  enum Order: Sendable {
    /// Answers what is held back.
    case release
    case stopAccepting
    /// Its thread says that it stands still, and does until the gate is open.
    case stand(Gate, until: Gate)
    case end
  }

  let address: String
  let connections: ConnectionLimit
  private let settings: ServerSettings
  private let socket: ListeningSocket
  let bodies: BodyBudget
  let tls: TestTLS?
  private let turns = Turns()
  let received: Received
  private let orders: Mailbox<Order>
  private let thread: OwnedThread

  convenience init(
    _ change: (inout ServerSettings) -> Void = { _ in }, surface: IncomingRequest.Surface = .callers, workers: Int = 1,
    tls: TestTLS? = nil
  ) throws {
    var settings = ServerSettings()
    change(&settings)
    try self.init(
      settings, surface, ListeningSocket(.tcp(host: "127.0.0.1", port: 0)),
      ConnectionLimit(most: settings.maxConnections, overflow: 64, workers: workers), 0, tls)
  }

  /// Another worker of the same process, at the same socket.
  convenience init(beside first: RunningListener, as worker: Int) throws {
    try self.init(first.settings, .callers, first.socket, first.connections, worker, first.tls)
  }

  private init(
    _ settings: ServerSettings, _ surface: IncomingRequest.Surface, _ socket: ListeningSocket,
    _ connections: ConnectionLimit, _ worker: Int, _ tls: TestTLS?
  ) throws {
    self.settings = settings
    self.tls = tls
    self.socket = socket
    self.connections = connections
    address = socket.address.description
    let bodies = BodyBudget(maxBody: settings.maxBody)
    self.bodies = bodies
    let orders = try Mailbox<Order>()
    self.orders = orders
    let received = Received()
    self.received = received
    thread = OwnedThread(name: "listener") { [turns] in
      do {
        try Self.run(
          socket, surface, settings, connections, worker, bodies, turns, received, orders, tls?.endpoint)
      } catch {
        fatalError("the listener can't start: \(error)")
      }
    }
  }

  deinit {
    tell(.end)
    thread.join()
  }

  func tell(_ order: Order) { orders.post(order) }

  /// Its thread stands still until the gate is open: then it finds in one turn all that has come meanwhile.
  func stand() -> Gate {
    let (stands, gate) = (Gate(), Gate())
    tell(.stand(stands, until: gate))
    stands.pass()
    return gate
  }

  func connect() throws -> WireClient {
    try tls.map { try WireClient(address: address, tls: $0.client) } ?? WireClient(address: address)
  }

  /// All that comes back for these bytes until the listener closes the connection.
  func exchange(_ text: String) throws -> [UInt8]? {
    let client = try connect()
    try client.send(text)
    return client.readToEnd()
  }

  /// How often the loop has turned.
  var turnCount: Int { turns.count.load(ordering: .relaxed) }

  /// The requests that were handed on, waited for until there are so many.
  func requests(_ count: Int) throws -> [IncomingRequest] {
    try wait { received.requests.withLock { $0.count } >= count }
    return received.requests.withLock { $0 }
  }

  /// Waits until so many connections are open.
  func waitForConnections(_ count: Int) throws { try wait { connections.count == count } }

  private static func run(
    _ socket: ListeningSocket, _ surface: IncomingRequest.Surface, _ settings: ServerSettings,
    _ connections: ConnectionLimit, _ worker: Int, _ bodies: BodyBudget, _ turns: Turns, _ received: Received,
    _ orders: Mailbox<Order>, _ tls: TLSEndpoint?
  ) throws {
    let loop = try EventLoop()
    let listener = try HTTPListener(
      settings: settings, limit: connections, admins: 64, bodies: bodies, worker: worker, loop: loop)
    let standIn = StandIn(loop: loop, received: received)
    listener.receiver = standIn
    loop.add(turns)
    try orders.attach(to: loop) { orders in
      for order in orders {
        switch order {
        case .release: standIn.releaseAll()
        case .stopAccepting: listener.stopAccepting()
        case .stand(let stands, let gate):
          stands.open()
          gate.pass()
        case .end:
          standIn.releaseAll()
          loop.stop()
        }
      }
    }
    try listener.listen(on: socket, as: surface, tls: tls)
    loop.run()
    listener.close()
    orders.detach(from: loop)
  }
}

/// What was handed on, as the test's thread may see it.
final class Received: Sendable {
  let requests = Mutex<[IncomingRequest]>([])
  let dismissed = Counter()
  let unread = Counter()
  let unsecured = Mutex<[String]>([])
  private let shares = Mutex<[String: CallerShare]>([:])

  func share(of caller: String) -> CallerShare {
    shares.withLock { shares in
      let share = shares[caller] ?? CallerShare()
      shares[caller] = share
      return share
    }
  }
}

/// Counts the loop's turns.
private final class Turns: BeforeSleepHook, Sendable {
  let count = Atomic<Int>(0)

  func beforeSleep() { count.add(1, ordering: .relaxed) }

  var wakeTime: MonotonicTime { .distantFuture }
}
