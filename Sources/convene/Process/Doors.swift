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
    for listen in configuration.server.listen { try open(listen.address, surface: .callers, for: 0..<workers) }
    if let admin = configuration.admin {
      // Health and metrics are rarely asked for: the first worker answers.
      try open(admin.listen, surface: .admin, for: 0..<1)
    }
  }

  func of(worker: Int) -> [Worker.Door] { doors[worker] }

  func unlink() { for door in doors.joined() { door.socket.unlink() } }

  /// There is one socket for each address, on which all workers wait: so it is this process's alone.
  private mutating func open(
    _ address: ListenAddress, surface: IncomingRequest.Surface, for workers: Range<Int>
  ) throws(StartError) {
    do throws(SystemError) {
      let socket = try ListeningSocket(address)
      for worker in workers { doors[worker].append(Worker.Door(socket: socket, surface: surface)) }
      addresses.append((socket.address, surface == .admin ? "admin" : "callers"))
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
