import Glibc
import Synchronization
import TestKit

/// Two gateways, and who stands before them: it knows which of them are ready.
final class Rollout: Sendable {
  private struct Place {
    var gateway: GatewayProcess
    var isReady = true
  }

  private let places: Mutex<[Place]>
  private let next = Atomic<Int>(0)
  private let leavings = Atomic<Int>(0)

  init(_ start: () throws -> GatewayProcess) throws {
    places = Mutex([Place(gateway: try start()), Place(gateway: try start())])
  }

  /// Connections that callers were told to leave.
  var left: Int { leavings.load(ordering: .relaxed) }

  func noteLeft() { leavings.add(1, ordering: .relaxed) }

  /// A connection to one that is ready, to both in turn.
  func connect() throws -> WireClient {
    let turn = next.add(1, ordering: .relaxed).oldValue
    return try places.withLock { places in
      let ready = places.filter(\.isReady)
      return try ready[turn % ready.count].gateway.connect()
    }
  }

  /// Stops one and starts it again on its ledger. Nobody is sent there from when it says that it isn't ready until it is again.
  func restart(_ number: Int) throws {
    let gateway = places.withLock { $0[number].gateway }
    gateway.process.signal(SIGTERM)
    try wait { try gateway.admin("/readyz").status == 503 }
    places.withLock { $0[number].isReady = false }
    let status = gateway.process.waitForExit()
    guard status == 0 else { throw Failure("ended with \(status): \(gateway.process.standardError)") }
    let another = try gateway.restarted()
    places.withLock { $0[number] = Place(gateway: another) }
  }

  /// Ends both.
  func end() throws -> [GatewayProcess] {
    try places.withLock { places in
      for place in places where place.gateway.terminate() != 0 {
        throw Failure("ended badly: \(place.gateway.process.standardError)")
      }
      return places.map(\.gateway)
    }
  }
}
