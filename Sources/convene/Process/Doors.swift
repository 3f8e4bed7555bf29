internal import EventLoop
internal import Gateway
internal import Listener

/// All sockets that the process listens on, opened before any worker starts: an address that is taken ends the start.
struct Doors {
  /// By worker.
  private var doors: [[Worker.Door]]
  /// What is listened on, once an address.
  private(set) var addresses: [(address: ListenAddress, surface: String)] = []

  init(_ configuration: GatewayConfiguration, workers: Int) throws {
    doors = Array(repeating: [], count: workers)
    for address in configuration.server.listen { try open(address, workers: workers) }
    if let admin = configuration.admin {
      // Health and metrics are rarely asked for: the first worker answers.
      try add(Self.socket(admin.listen, isShared: false), surface: .admin, to: 0..<1)
    }
  }

  func of(worker: Int) -> [Worker.Door] { doors[worker] }

  func unlink() { for door in doors.joined() { door.socket.unlink() } }

  /// On TCP every worker has a socket of its own, between which the kernel spreads connections; of a Unix socket there can
  /// be only one, on which all wait.
  private mutating func open(_ address: ListenAddress, workers: Int) throws {
    let first = try Self.socket(address, isShared: workers > 1)
    guard case .tcp = address else { return add(first, surface: .callers, to: 0..<workers) }
    add(first, surface: .callers, to: 0..<1)
    for worker in 1..<max(1, workers) {
      doors[worker].append(
        Worker.Door(socket: try Self.socket(first.address, isShared: true), surface: .callers))
    }
  }

  private mutating func add(_ socket: ListeningSocket, surface: IncomingRequest.Surface, to workers: Range<Int>) {
    for worker in workers { doors[worker].append(Worker.Door(socket: socket, surface: surface)) }
    addresses.append((socket.address, surface == .admin ? "admin" : "callers"))
  }

  private static func socket(_ address: ListenAddress, isShared: Bool) throws -> ListeningSocket {
    do throws(SystemError) {
      return try ListeningSocket(address, isShared: isShared)
    } catch {
      throw StartError("can't listen on \(address): \(error)")
    }
  }
}

/// Why the process can't start, in a sentence.
struct StartError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
